/** Files that the user of the service may not use: a sentence names the file, what is wrong with it and what to do. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { programFlags } from '../../scripts/runtime.mjs';
import { builtProgram } from '../setup/service.ts';
import { openTestApp } from '../setup/test-app.ts';

/** Root may use every file, so the program runs as another user then. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rfx-modes-'));
  const app = await openTestApp({}, {}, at());
  await app.upload('kept.txt', 'kept');
  await app.close();
  for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    if (user.uid !== undefined) chownSync(join(folder, name), user.uid, user.gid);
  return () => rmSync(folder, { recursive: true });
});

const at = (...names: string[]) => join(folder, 'data', ...names);

/** Ends by itself, or is killed after a few seconds. */
function run(args: readonly string[], dataDir = at()) {
  const { status, stderr } = spawnSync(process.execPath, [...programFlags, builtProgram, ...args], {
    ...user,
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stderr };
}

describe('a start', () => {
  it.each<[string, readonly string[], number, RegExp]>([
    [
      'a ledger that is read-only',
      ['ledger.db'],
      0o400,
      /^The ledger cannot be opened: ".+ledger\.db" cannot be read and written: .+EACCES.+chmod\.$/m,
    ],
    [
      'a ledger without any right',
      ['ledger.db'],
      0o000,
      /^The ledger cannot be opened: ".+ledger\.db" cannot be read and written: .+EACCES/,
    ],
    [
      'a small.db that is read-only',
      ['vault', 'small.db'],
      0o400,
      /^The vault cannot be opened: ".+small\.db" cannot be read and written: .+EACCES/,
    ],
    ['a data folder that is read-only', [], 0o500, /^The data folder cannot be opened: .+(?:EACCES|may not)/],
  ])('is refused with %s', (_what, names, mode, sentence) => {
    chmodSync(at(...names), mode);
    expect(run([])).toEqual({ status: 1, stderr: expect.stringMatching(sentence) });
    chmodSync(at(...names), names.length === 0 ? 0o700 : 0o600);
    expect(existsSync(at('vault', 'small.db-shm'))).toBe(false);
  });

  it('heals a log of small.db that an earlier version left read-only', async () => {
    writeFileSync(at('vault', 'small.db-shm'), Buffer.alloc(32_768), { mode: 0o400 });
    const again = await openTestApp({}, {}, at());
    expect(statSync(at('vault', 'small.db-shm')).mode & 0o777).toBe(0o600);
    await again.close();
  });

  it.runIf(process.platform === 'linux')('is refused at once where no folder can be created', () => {
    const sentence = /^The data folder cannot be opened: ENOENT.+\/proc\/nope.+DATA_DIR\.$/m;
    expect(run([], '/proc/nope')).toEqual({ status: 1, stderr: expect.stringMatching(sentence) });
    mkdirSync(join(folder, 'other'));
    expect(run(['doctor'], '/proc/nope')).toMatchObject({ status: 2 });
  });
});

describe('the doctor', () => {
  it('names a ledger that it may not read', () => {
    chmodSync(at('ledger.db'), 0o000);
    expect(run(['doctor'])).toEqual({
      status: 2,
      stderr: expect.stringMatching(/ledger\.db" cannot be read: .+EACCES/),
    });
  });
});
