import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as house from './setup/house-rules.ts';

const root = join(import.meta.dirname, '..');

interface Sample {
  readonly rule: house.Rule;
  readonly fine: readonly (readonly [path: string, text: string])[];
  readonly faulty: readonly (readonly [path: string, text: string])[];
}

/** In pieces, so that this file obeys the rules that it tests. */
const slash = '/';

const samples: Readonly<Record<string, Sample>> = {
  'rooms keep apart': {
    rule: house.roomsKeepApart,
    fine: [
      ['src/contract/client.ts', `import { paths } from './paths.ts';`],
      ['src/config.ts', `import ms from 'ms';\nimport { read } from './readers.ts';`],
      ['src/ledger/gifts.ts', `import { Problem } from '../contract/problems.ts';`],
      ['src/exchange/give.ts', `import type { Ledger } from '../ledger/ledger.ts';`],
      ['src/http/give.ts', `import { give } from '../exchange/give.ts';`],
      ['src/http/app.ts', `import type { Config } from '../config.ts';`],
      ['src/web/give.tsx', `import type { GiftFacts } from '../ledger/ledger.ts';`],
      ['src/cli/serve.ts', `import { main } from '../main.ts';`],
      ['src/open.ts', `import { openDisk } from './vault/disk.ts';`],
      ['src/exchange/give.test.ts', `import { open } from '../open.ts';`],
      ['src/ledger/suite.ts', `import { openDisk } from '../vault/disk.ts';`],
      ['src/exchange/give.ts', `// import { open } from '../open.ts';`],
    ],
    faulty: [
      ['src/contract/paths.ts', `import type { Config } from '../config.ts';`],
      ['src/config.ts', `import { kinds } from './contract/kinds.ts';`],
      ['src/vault/disk.ts', `import { lane } from '../ledger/lane.ts';`],
      ['src/ledger/gifts.ts', `import type { Stored } from '../vault/vault.ts';`],
      ['src/inspection/name.ts', `export * from '../http/names.ts';`],
      ['src/exchange/give.ts', `import { draw } from '../ledger/draw.ts';`],
      ['src/exchange/give.ts', `import { type Ledger } from '../ledger/ledger.ts';`],
      ['src/exchange/give.ts', `import {\n  one,\n  two,\n} from '../vault/disk.ts';`],
      ['src/exchange/give.ts', `import '../vault/disk.ts';`],
      ['src/exchange/give.ts', `const disk = await import('../vault/disk.ts');`],
      ['src/exchange/give.ts', `import type { Reply } from '../http/app.ts';`],
      ['src/http/give.ts', `import { settings } from '../config.ts';`],
      ['src/http/give.ts', `import type { Ledger } from '../ledger/ledger.ts';`],
      ['src/web/page.tsx', `import { give } from '../exchange/give.ts';`],
      ['src/cli/give.ts', `import { main } from '../main.ts';`],
      ['src/vault/disk.ts', `import { sample } from '../../test/setup/samples.ts';`],
      ['src/attic/old.ts', ''],
      ['src/loose.ts', ''],
    ],
  },
  'SQL stays in the ledger': {
    rule: house.sqlInLedgerOnly,
    fine: [
      ['src/ledger/sqlite.ts', `import Database from 'better-sqlite3';`],
      ['src/ledger/gifts.ts', `sql('delete from gifts')`],
      ['src/web/give.tsx', `const hint = 'Select a file from your disk';`],
      ['src/exchange/give.ts', `// select one from the pool\ngive();`],
      ['src/exchange/sweep.test.ts', `run('update gifts set state = 1');`],
    ],
    faulty: [
      ['src/exchange/give.ts', `import { sql } from 'kysely';`],
      ['src/open.ts', `import Database from 'better-sqlite3';`],
      ['src/exchange/give.ts', `run('select id from gifts')`],
      ['src/exchange/give.ts', 'run(`insert into gifts\n  values (1)`)'],
      ['src/http/give.ts', `run("UPDATE gifts SET state = 1")`],
      ['src/exchange/sweep.ts', `run('delete from gifts where id = 1')`],
    ],
  },
  'bytes stay in the vault': {
    rule: house.bytesInVaultOnly,
    fine: [
      ['src/vault/disk.ts', `import { open } from 'node:fs/promises';`],
      ['src/config.ts', `import { readFileSync } from 'node:fs';`],
      ['src/http/static.ts', `import { readFileSync } from 'node:fs';`],
      ['src/exchange/give.ts', `import type { Stats } from 'node:fs';`],
    ],
    faulty: [
      ['src/exchange/give.ts', `import { writeFile } from 'node:fs/promises';`],
      ['src/http/give.ts', `import fs from 'fs';`],
      ['src/ledger/sqlite.ts', `const { rm } = await import('node:fs');`],
    ],
  },
  'settings come from config.ts': {
    rule: house.environmentInConfigOnly,
    fine: [
      ['src/config.ts', `readConfig(process.env);`],
      ['src/http/app.ts', `// process.env is read in config.ts\nconst environment = 1;`],
    ],
    faulty: [
      ['src/main.ts', `const port = process.env.PORT;`],
      ['src/vault/disk.ts', `const port = process['env'].PORT;`],
      ['src/open.ts', `import { env } from 'node:process';`],
      ['src/open.ts', `const { env } = process;`],
    ],
  },
  'status codes stay at the door': {
    rule: house.statusCodesAtTheDoorOnly,
    fine: [
      ['src/contract/problems.ts', `kind({ status: 404 })`],
      ['src/http/give.ts', `reply.status(201)`],
      ['src/ledger/gifts.ts', `const state = 200;`],
    ],
    faulty: [
      ['src/exchange/give.ts', `return { status: 409 };`],
      ['src/exchange/give.ts', `error.statusCode = 500;`],
      ['src/main.ts', `reply.status(503)`],
      ['src/main.ts', `reply.code(503)`],
      ['src/web/give.tsx', `if (response.status === 404) wait();`],
    ],
  },
  'folders have names': {
    rule: house.foldersHaveNames,
    fine: [['src/exchange/common.ts', '']],
    faulty: ['utils', 'helpers', 'common', 'services', 'managers'].map((folder) => [
      `src/${folder}/gifts.ts`,
      '',
    ]),
  },
  'nothing is left to do': {
    rule: house.nothingLeftToDo,
    fine: [['src/main.ts', '// Nothing todo here.']],
    faulty: ['TO', 'FIX'].map((start) => [
      'src/main.ts',
      `// ${start}${start === 'TO' ? 'DO' : 'ME'}: later`,
    ]),
  },
  'files stay small': {
    rule: house.filesStaySmall,
    fine: [
      ['src/main.ts', 'line\n'.repeat(400)],
      ['docs/long.md', 'line\n'.repeat(1000)],
    ],
    faulty: [['src/main.ts', 'line\n'.repeat(401)]],
  },
  'no machine is named': {
    rule: house.noMachines,
    fine: [
      ['README.md', 'See https://example.org/work/in-progress and ./work/main.'],
      ['README.md', 'The registry of the pool.'],
    ],
    faulty: [
      ['README.md', `cd ${slash}work/main`],
      ['README.md', `"${slash}root/.cache"`],
      ['README.md', `${slash}home/ann/rfx`],
      ['.npmrc', `source=https:${slash}/${['regis', 'try'].join('')}.example.org`],
    ],
  },
  'no test virus': {
    rule: house.noTestVirus,
    fine: [['README.md', 'Scanned like EICAR.']],
    faulty: [['test/scan.test.ts', `const virus = '${['X5O!P%', '@AP[4'].join('')}';`]],
  },
  'lockfiles name no host': {
    rule: house.lockfilesNameNoHost,
    fine: [['package-lock.json', '"resolved": "one", "link": true']],
    faulty: [['runtime/package-lock.json', '"resolved": "https://example.org/one.tgz"']],
  },
};

/** What is tracked or could be; undefined where this is no working copy or there is no git. */
function trackedFiles(): string[] | undefined {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) return undefined;
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

const tracked = trackedFiles();
const texts = (tracked ?? [])
  .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)
  .filter(([, text]) => !text.includes('\0'));

describe.each(Object.entries(samples))('%s', (_name, { rule, fine, faulty }) => {
  it.each(fine)('passes %s, sample %#', (path, text) => {
    expect(rule(path, text)).toEqual([]);
  });

  it.each(faulty)('bites %s, sample %#', (path, text) => {
    expect(rule(path, text)).not.toEqual([]);
  });

  // A downloaded copy has no list of its files, and what lies around in it is its owner's.
  it.skipIf(tracked === undefined)('holds in the whole repository', () => {
    const faults = texts.flatMap(([path, text]) =>
      rule(path, text).map((fault) => `${path} ${fault}`),
    );
    expect(faults).toEqual([]);
  });
});

it('every rule has its samples', () => {
  const rules = Object.entries(house).filter(([name]) => name !== 'importsOf');
  const sampled = Object.values(samples).map(({ rule }) => rule);
  expect(new Set(rules.map(([, rule]) => rule))).toEqual(new Set(sampled));
});

it.skipIf(tracked === undefined)('the rules have something to read', () => {
  expect(texts.filter(([path]) => path.startsWith('src/')).length).toBeGreaterThan(5);
});
