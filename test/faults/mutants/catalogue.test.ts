import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../scenarios.ts';
import { mutated, root } from './build.ts';
import { mutants } from './catalogue.ts';

describe('the mutants', () => {
  it.each(mutants)('$name: its place is there, once', ({ edits }) => {
    expect(edits.length).toBeGreaterThan(0);
    const texts = new Map<string, string>();
    for (const { file, ...edit } of edits) {
      const text = texts.get(file) ?? readFileSync(join(root, 'src', file), 'utf8');
      const after = mutated(text, edit);
      expect(after).not.toBe(text);
      texts.set(file, after);
    }
  });

  it('have names of their own, and scenarios that there are', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    const known = scenarios.map(({ name }) => name);
    for (const { scenario } of mutants.flatMap(({ trials }) => trials))
      expect(known).toContain(scenario);
  });
});

describe('an edit', () => {
  it('of a place that is not there, or not the only one, is refused', () => {
    expect(() => mutated('one two', { find: 'three', replace: '' })).toThrow('0 times');
    expect(() => mutated('one one', { find: 'one', replace: '' })).toThrow('2 times');
  });
});
