import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as language from './language.ts';
import * as rules from './tree-rules.ts';

const root = join(import.meta.dirname, '../..');

const tree: rules.Tree = new Map(
  ['src', 'test', 'bench', 'scripts'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .map((path) => `${top}/${path.replaceAll('\\', '/')}`)
      .filter((path) => /\.(?:tsx?|mjs)$/.test(path) && !path.includes('node_modules'))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const),
  ),
);

interface Sample {
  readonly rule: rules.TreeRule;
  readonly fine: Readonly<Record<string, string>>;
  readonly faulty: Readonly<Record<string, string>>;
}

const samples: Readonly<Record<string, Sample>> = {
  'imports inside a room go down': {
    rule: rules.importsGoDown,
    fine: {
      'src/ledger/verbs/give.ts': `import type { Tx } from '../engine/isolation.ts';`,
      'src/ledger/engine/isolation.ts': `import type { Db } from '../schema/tables.ts';`,
    },
    faulty: {
      'src/ledger/matching/claim.ts': `import type { Lock } from '../transactions/batch.ts';`,
    },
  },
  'there are no import cycles': {
    rule: rules.noCircles,
    fine: { 'src/app/one.ts': `import './two.ts';`, 'src/app/two.ts': '' },
    faulty: {
      'src/app/one.ts': `import type { Two } from './two.ts';`,
      'src/app/two.ts': `import { one } from './one.ts';`,
    },
  },
  'folders stay small': {
    rule: rules.foldersStaySmall,
    fine: Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`src/app/file${n}.ts`, ''])),
    faulty: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`src/app/file${n}.ts`, ''])),
  },
  'product files import no testing files': {
    rule: rules.testingStaysOut,
    fine: { 'src/vault/vault.test.ts': `import './testing/samples.ts';` },
    faulty: { 'src/vault/vault.ts': `import './testing/samples.ts';` },
  },
  'file names are known words': {
    rule: rules.namesAreKnown,
    fine: { 'src/platform/group-commit.ts': '' },
    faulty: { 'src/platform/telegraph.ts': '' },
  },
  'an exported name means one thing': {
    rule: rules.namesMeanOneThing,
    fine: {
      'src/exchange/give.ts': 'export function give() {}',
      'src/ledger/verbs/give.ts': 'export async function give() {}',
    },
    faulty: {
      'src/exchange/one.ts': 'export const limit = 1;',
      'src/ledger/two.ts': 'export interface limit {}',
    },
  },
  'every export is used': {
    rule: rules.exportsAreUsed,
    fine: {
      'src/app/one.ts': 'export const one = 1;\nexport type Two = 2;',
      'test/one.test.ts': `import { one, type Two as Too } from '../src/app/one.ts';`,
    },
    faulty: { 'src/app/one.ts': 'export const one = 1;', 'src/app/two.ts': `import './one.ts';` },
  },
};

describe.each(Object.entries(samples))('%s', (_name, { rule, fine, faulty }) => {
  it('accepts a fine tree', () => {
    expect(rule(new Map(Object.entries(fine)))).toEqual([]);
  });

  it('rejects a faulty tree', () => {
    expect(rule(new Map(Object.entries(faulty)))).not.toEqual([]);
  });

  it('holds in this repository', () => {
    expect(rule(tree)).toEqual([]);
  });
});

it('every tree rule has samples', () => {
  const known = Object.values(rules).filter((rule) => typeof rule === 'function');
  const others: unknown[] = [rules.isProduct, rules.exportsOf];
  expect(new Set(known.filter((rule) => !others.includes(rule)))).toEqual(
    new Set(Object.values(samples).map(({ rule }) => rule)),
  );
});

it('the rules read the product files', () => {
  expect([...tree.keys()].filter(rules.isProduct).length).toBeGreaterThan(250);
});

describe('the language rules', () => {
  const passage = (text: string) => ({ line: 1, text });

  it.each([
    'Whoever asks first wins.',
    'Nobody waits.',
    'So many rolls are enough.',
    'It happens all the same.',
    'Keeps a list. Who waits is served.',
    'What is kept stays.',
  ])('reject: %s', (text) => {
    expect(language.unplain(passage(text))).not.toEqual([]);
  });

  it.each(['What is a lease?', 'Serves waiting tickets first.', 'See `whoever` in the code.'])('accept: %s', (text) => {
    expect(language.unplain(passage(text))).toEqual([]);
  });

  it('reject long comments and long sentences', () => {
    expect(language.tooLong(passage('One is here. Two is here. Three is here.'))).not.toEqual([]);
    expect(language.tooLong(passage(`It has ${'very '.repeat(30)}many words.`))).not.toEqual([]);
    expect(language.tooLong(passage('One is here. Two is here. Throws `x`.'))).toEqual([]);
  });

  it('read comments and paragraphs, and no code', () => {
    const source = "const a = '// not me';\n// One\n// two.\n/** Three\n * four. */\nb();";
    expect(language.commentsOf(source).map(({ text }) => text)).toEqual(['One\ntwo.', 'Three\nfour.']);
    const document = '# Title\n\nOne.\n\n```sh\nnobody\n```\n\n- Two.\n| a | b |\n| --- | --- |\n';
    const texts = language.paragraphsOf(document).map(({ text }) => text);
    expect(texts).toEqual(['Title', 'One.', 'Two.', 'a', 'b']);
  });

  it('hold in every comment', () => {
    const faults = [...tree].flatMap(([path, text]) =>
      language
        .commentsOf(text)
        .flatMap((comment) => [...language.unplain(comment), ...language.tooLong(comment)])
        .map((fault) => `${path}:${fault}`),
    );
    expect(faults).toEqual([]);
  });

  it('hold in every document', () => {
    const documents = ['README.md', 'CHANGELOG.md', ...documentsIn('docs')];
    const faults = documents.flatMap((path) =>
      language
        .paragraphsOf(readFileSync(join(root, path), 'utf8'))
        .flatMap(language.unplain)
        .map((fault) => `${path}:${fault}`),
    );
    expect(faults).toEqual([]);
  });
});

function documentsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${folder}/${path}`);
}
