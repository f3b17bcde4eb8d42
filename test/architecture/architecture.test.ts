import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as house from './rules.ts';

const root = join(import.meta.dirname, '../..');

interface Sample {
  readonly rule: house.Rule;
  readonly fine: readonly (readonly [path: string, text: string])[];
  readonly faulty: readonly (readonly [path: string, text: string])[];
}

/** Assembled, so that this file passes the rules that it tests. */
const slash = '/';

const samples: Readonly<Record<string, Sample>> = {
  'rooms import only permitted rooms': {
    rule: house.importsPermittedRooms,
    fine: [
      ['src/contract/client.ts', `import { paths } from './api/paths.ts';`],
      ['src/config/settings.ts', `import ms from 'ms';\nimport { parse } from './parsers.ts';`],
      ['src/ledger/verbs/give.ts', `import { Problem } from '../../contract/problems/problem.ts';`],
      ['src/exchange/give.ts', `import type { Ledger } from '../ledger/ledger.ts';`],
      ['src/http/handlers/give.ts', `import { give } from '../../exchange/give.ts';`],
      ['src/http/context.ts', `import type { Config } from '../config/settings.ts';`],
      ['src/web/give/give.tsx', `import type { GiftFacts } from '../../ledger/ledger.ts';`],
      ['src/app/create-app.ts', `import { openDisk } from '../vault/disk/disk-vault.ts';`],
      ['src/exchange/give.test.ts', `import { open } from '../app/create-app.ts';`],
      ['src/ledger/testing/suite/suite.ts', `import { x } from '../../../vault/keys.ts';`],
      ['src/exchange/give.ts', `// import { open } from '../app/create-app.ts';`],
    ],
    faulty: [
      ['src/contract/api/paths.ts', `import type { Config } from '../../config/settings.ts';`],
      ['src/config/settings.ts', `import { fileKinds } from '../contract/vocabulary.ts';`],
      ['src/vault/disk/disk-vault.ts', `import { queue } from '../../ledger/transactions/batch.ts';`],
      ['src/ledger/verbs/give.ts', `import type { Stored } from '../../vault/vault.ts';`],
      ['src/inspection/inspect.ts', `export * from '../http/server.ts';`],
      ['src/exchange/give.ts', `import { draw } from '../ledger/verbs/draw.ts';`],
      ['src/exchange/give.ts', `import { type Ledger } from '../ledger/ledger.ts';`],
      ['src/exchange/give.ts', `import {\n  one,\n  two,\n} from '../vault/vault.ts';`],
      ['src/exchange/give.ts', `import '../vault/vault.ts';`],
      ['src/exchange/give.ts', `const disk = await import('../vault/vault.ts');`],
      ['src/exchange/give.ts', `import type { Reply } from '../http/context.ts';`],
      ['src/http/handlers/give.ts', `import { settings } from '../../config/settings.ts';`],
      ['src/http/handlers/give.ts', `import type { Ledger } from '../../ledger/ledger.ts';`],
      ['src/web/app.tsx', `import { give } from '../exchange/give.ts';`],
      ['src/app/create-app.ts', `import { startPrimary } from '../cluster/primary.ts';`],
      ['src/vault/vault.ts', `import { sample } from '../../test/setup/files.ts';`],
      ['src/attic/old.ts', ''],
      ['src/loose.ts', ''],
    ],
  },
  'SQL stays in the ledger': {
    rule: house.sqlInLedgerOnly,
    fine: [
      ['src/ledger/engine/sqlite.ts', `import Database from 'better-sqlite3';`],
      ['src/ledger/matching/gift-rows.ts', `sql('delete from gifts')`],
      ['src/web/give/give.tsx', `const hint = 'Select a file from your disk';`],
      ['src/exchange/give.ts', `// select one from the pool\ngive();`],
      ['src/exchange/sweep.test.ts', `run('update gifts set state = 1');`],
    ],
    faulty: [
      ['src/exchange/give.ts', `import { sql } from 'kysely';`],
      ['src/app/create-app.ts', `import Database from 'better-sqlite3';`],
      ['src/exchange/give.ts', `run('select id from gifts')`],
      ['src/exchange/give.ts', 'run(`insert into gifts\n  values (1)`)'],
      ['src/http/handlers/give.ts', `run("UPDATE gifts SET state = 1")`],
      ['src/exchange/maintenance/sweep.ts', `run('delete from gifts where id = 1')`],
    ],
  },
  'bytes stay in the vault': {
    rule: house.bytesInVaultOnly,
    fine: [
      ['src/vault/disk/disk-vault.ts', `import { open } from 'node:fs/promises';`],
      ['src/config/load-settings.ts', `import { readFileSync } from 'node:fs';`],
      ['src/platform/folder-lock.ts', `import { readFileSync } from 'node:fs';`],
      ['src/exchange/give.ts', `import type { Stats } from 'node:fs';`],
    ],
    faulty: [
      ['src/exchange/give.ts', `import { writeFile } from 'node:fs/promises';`],
      ['src/http/handlers/give.ts', `import fs from 'fs';`],
      ['src/ledger/engine/sqlite.ts', `const { rm } = await import('node:fs');`],
    ],
  },
  'settings come from config/': {
    rule: house.environmentInConfigOnly,
    fine: [
      ['src/config/load-settings.ts', `readConfig(process.env);`],
      ['src/http/app.ts', `// process.env is read in config/\nconst environment = 1;`],
    ],
    faulty: [
      ['src/main.ts', `const port = process.env.PORT;`],
      ['src/vault/disk/disk-vault.ts', `const port = process['env'].PORT;`],
      ['src/app/create-app.ts', `import { env } from 'node:process';`],
      ['src/app/create-app.ts', `const { env } = process;`],
    ],
  },
  'status codes stay in http/': {
    rule: house.statusCodesInHttpOnly,
    fine: [
      ['src/contract/problems/problem.ts', `kind({ status: 404 })`],
      ['src/http/handlers/give.ts', `reply.status(201)`],
      ['src/ledger/matching/gift-rows.ts', `const state = 200;`],
    ],
    faulty: [
      ['src/exchange/give.ts', `return { status: 409 };`],
      ['src/exchange/give.ts', `error.statusCode = 500;`],
      ['src/main.ts', `reply.status(503)`],
      ['src/main.ts', `reply.code(503)`],
      ['src/web/give/give.tsx', `if (response.status === 404) wait();`],
    ],
  },
  'folders have specific names': {
    rule: house.foldersHaveSpecificNames,
    fine: [['src/exchange/common.ts', '']],
    faulty: ['utils', 'helpers', 'common', 'services', 'managers'].map((folder) => [`src/${folder}/gifts.ts`, '']),
  },
  'no unfinished work is marked': {
    rule: house.noUnfinishedWork,
    fine: [['src/main.ts', '// Nothing todo here.']],
    faulty: ['TO', 'FIX'].map((start) => ['src/main.ts', `// ${start}${start === 'TO' ? 'DO' : 'ME'}: later`]),
  },
  'files stay small': {
    rule: house.filesStaySmall,
    fine: [
      ['src/main.ts', 'line\n'.repeat(300)],
      ['docs/long.md', 'line\n'.repeat(1000)],
    ],
    faulty: [
      ['src/main.ts', 'line\n'.repeat(301)],
      ['src/main.test.ts', 'line\n'.repeat(401)],
    ],
  },
  'no path or host of a machine is named': {
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
  'no test virus is included': {
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

/** All files that are tracked or could be; undefined outside a working copy. */
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
  it.each(fine)('accepts %s, sample %#', (path, text) => {
    expect(rule(path, text)).toEqual([]);
  });

  it.each(faulty)('rejects %s, sample %#', (path, text) => {
    expect(rule(path, text)).not.toEqual([]);
  });

  // A downloaded copy has no list of its files, and may contain files of its owner.
  it.skipIf(tracked === undefined)('holds in the whole repository', () => {
    const faults = texts.flatMap(([path, text]) => rule(path, text).map((fault) => `${path} ${fault}`));
    expect(faults).toEqual([]);
  });
});

it('every rule has samples', () => {
  const rules = Object.entries(house).filter(([name]) => name !== 'importsOf');
  const sampled = Object.values(samples).map(({ rule }) => rule);
  expect(new Set(rules.map(([, rule]) => rule))).toEqual(new Set(sampled));
});

it.skipIf(tracked === undefined)('the rules read the product files', () => {
  expect(texts.filter(([path]) => path.startsWith('src/')).length).toBeGreaterThan(5);
});
