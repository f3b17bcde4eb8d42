import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../scenarios.ts';
import { applyEdit, root } from './build.ts';
import { mutants } from './catalogue.ts';

describe('mutants', () => {
  it.each(mutants)('$name finds each of its markers once', ({ edits }) => {
    expect(edits.length).toBeGreaterThan(0);
    const texts = new Map<string, string>();
    for (const { file, ...edit } of edits) {
      const text = texts.get(file) ?? readFileSync(join(root, 'src', file), 'utf8');
      const after = applyEdit(text, edit);
      expect(after).not.toBe(text);
      texts.set(file, after);
    }
  });

  it('have unique names and known scenarios', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    const known = scenarios.map(({ name }) => name);
    for (const { scenario } of mutants.flatMap(({ trials }) => trials)) expect(known).toContain(scenario);
  });
});

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path) && !/^web/.test(path))
  .map((path) => readFileSync(join(root, 'src', path), 'utf8'));

it('has a mutant for every marker in the sources', () => {
  const used = new Set(mutants.flatMap(({ edits }) => edits.map(({ marker }) => marker)));
  const markers = sources.flatMap((text) => [...text.matchAll(/\/\/ mutant: (\S+)$/gm)].map(([, marker]) => marker));
  expect(markers.toSorted()).toEqual([...used].toSorted());
});

/** All words of a text outside of strings and comments. */
const wordsIn = (text: string): Set<string> =>
  new Set(text.replace(/'(?:\\.|[^'\\\n])*'|\/\/[^\n]*/g, "''").match(/[a-z_$][\w$]*/gi));

// A rename would leave a mutant that does not start, or fails for the wrong reason.
it.each(mutants)('$name uses only words of the sources', ({ edits }) => {
  const known = wordsIn(sources.join('\n'));
  for (const { file, ...edit } of edits) {
    const text = readFileSync(join(root, 'src', file), 'utf8');
    const after = applyEdit(text, edit);
    const declared = new Set([...after.matchAll(/\bconst (\w+)/g)].map(([, name]) => name));
    const unknown = [...wordsIn(after)].filter((word) => !known.has(word) && !declared.has(word));
    expect(unknown).toEqual([]);
  }
});

describe('applyEdit', () => {
  const edit = { marker: 'one', with: (line: string) => line.replace('1', '2') };

  it('replaces the marked line', () => {
    expect(applyEdit('a = 1; // mutant: one\nb = 1;', edit)).toBe('a = 2;\nb = 1;');
  });

  it('replaces the line below a marker that stands alone', () => {
    expect(applyEdit('if (x)\n  // mutant: one\n  b = 1;', edit)).toContain('\n  b = 2;');
  });

  it.each([
    ['a marker that is missing', 'a = 1;', '0 times'],
    ['a marker that is there twice', '1 // mutant: one\n1 // mutant: one', '2 times'],
    ['a line that would stay as it is', 'a = 3; // mutant: one', 'changes nothing'],
  ])('rejects %s', (_what, text, message) => {
    expect(() => applyEdit(text, edit)).toThrow(message);
  });
});
