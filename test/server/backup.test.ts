/** The commands `rfx backup` and `rfx restore`: a drill under load, backups that follow each other, and wrong arguments. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { findSqliteStore } from '../../src/ledger/transfer/raw-store.ts';
import { backUp } from '../../src/operations/backup/backup.ts';
import { findLayeredVault, maxSmallFileSize, openLayeredVault } from '../../src/vault/small-files/layered-vault.ts';
import { corruptAtRest } from '../setup/corrupt-bytes.ts';
import { newKeySetting } from '../setup/encryption-suite.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();
const openAt = (name: string, settings: Record<string, string> = {}) => openTestApp(settings, {}, place(name));
const rfx = (settings: Record<string, string>, ...words: string[]) => runCommand(place('.'), settings, ...words);
const backup = (...words: string[]) => rfx({ DATA_DIR: place('data') }, 'backup', '--to', place('copy'), ...words);
const restore = (...words: string[]) => rfx({ DATA_DIR: place('data') }, 'restore', '--from', place('copy'), ...words);
const loseData = () => rmSync(place('data'), { recursive: true });

/** Draws until the pool is empty. Answers the texts that came. */
async function drawAll({ url }: TestApp): Promise<string[]> {
  const came: string[] = [];
  for (;;) {
    const answer = await fetch(`${url}/api/download`);
    const text = await answer.text();
    if (answer.status !== 200) return came;
    came.push(text);
  }
}

const isHealthy = async () => (await rfx({ DATA_DIR: place('data') }, 'doctor', '--read-data')).code === 0;

describe('a backup', () => {
  it('made under load brings back each gift that waited all the time, its bytes and its ticket', async () => {
    const app = await openAt('data', { GRACE: '1ms' });
    const early = await Promise.all(
      Array.from({ length: 20 }, (_, n) => app.client.give(fileOf(`${n}.txt`, `early ${n} `.repeat(1 + n * 2_000)))),
    );
    let isOver = false;
    const load = Array.from({ length: 4 }, async (_, who) => {
      for (let n = 0; !isOver; n++) {
        await app.upload(`${who}-${n}.txt`, `later ${who} ${n}`);
        if (n % 3 === 0) await (await fetch(`${app.url}/api/download`)).text();
      }
    });
    const made = await backup();
    isOver = true;
    await Promise.all(load);
    const facts = (there: TestApp) => Promise.all(early.map(({ ticket }) => there.client.ticket(ticket)));
    const before = (await facts(app)).filter(({ gift }) => gift.fate === 'waiting');
    await app.close();
    loseData();
    expect(made).toMatchObject({ code: 0, out: '', err: expect.stringContaining('Done: ') });
    expect(made.err).not.toContain('damaged');
    const back = await restore('--gifts', 'go-on');
    expect(back).toMatchObject({ code: 0, err: expect.stringContaining('The gifts are in the pool.') });
    expect(await isHealthy()).toBe(true);
    const there = await openAt('data');
    expect(before.length).toBeGreaterThan(0);
    expect(await facts(there)).toEqual(expect.arrayContaining(before));
    await there.close();
  });

  it('keeps its gifts out of the pool until the operator decides', async () => {
    const app = await openAt('data');
    await app.upload('a.txt', 'one');
    await app.close();
    await backup();
    loseData();
    expect(await restore('--gifts', 'wait')).toMatchObject({ code: 0, err: expect.stringContaining('The gifts wait') });
    const there = await openAt('data');
    expect(await drawAll(there)).toEqual([]);
    await there.close();
    await rfx({ DATA_DIR: place('data') }, 'adopt', '--after-restore=go-on');
    const again = await openAt('data');
    expect(await drawAll(again)).toEqual(['one']);
    await again.close();
  });

  it('copies only what is new, and removes what is gone', async () => {
    const app = await openAt('data', { GRACE: '1ms' });
    await app.upload('a.txt', 'stays'.repeat(20_000));
    await backup();
    const [file = ''] = filesIn('copy');
    const before = statSync(file);
    const { ticket } = await app.client.give(fileOf('b.txt', 'leaves'.repeat(20_000)));
    await backup();
    expect(filesIn('copy')).toHaveLength(2);
    await app.client.withdraw(ticket);
    await app.advanceTime(60_000);
    await backup();
    expect(filesIn('copy')).toEqual([file]);
    expect(statSync(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    await app.close();
  });

  it('copies damaged bytes of an earlier backup again if asked to verify', async () => {
    const app = await openAt('data');
    await app.upload('a.txt', 'sound');
    await app.close();
    await backup();
    const key = await firstKey(await findLayeredVault(place('copy/vault'), true));
    await corruptAtRest(place('copy/vault'), key, (bytes) => bytes.with(0, (bytes[0] ?? 0) ^ 1));
    await backup();
    const other = await rfx({ DATA_DIR: place('other') }, 'restore', '--from', place('copy'), '--gifts', 'go-on');
    expect(other.err).toContain(`The bytes of ${key} were damaged or gone already.`);
    await backup('--verify');
    loseData();
    expect((await restore('--gifts', 'go-on')).err).not.toContain('damaged');
    expect(await isHealthy()).toBe(true);
  });

  it('holds encrypted gifts as they are, and needs their keys', async () => {
    const keys = { ENCRYPTION_KEYS: newKeySetting('k1') };
    const app = await openAt('data', keys);
    await app.upload('secret.txt', 'a secret '.repeat(9_000));
    await app.close();
    expect(await backup()).toMatchObject({ code: 1, err: expect.stringContaining('ENCRYPTION_KEYS is not set') });
    const settings = { DATA_DIR: place('data'), ...keys };
    expect(await rfx(settings, 'backup', '--to', place('copy'))).toMatchObject({ code: 0 });
    loseData();
    expect(await rfx(settings, 'restore', '--from', place('copy'), '--gifts', 'go-on')).toMatchObject({ code: 0 });
    const there = await openAt('data', keys);
    expect(await drawAll(there)).toEqual(['a secret '.repeat(9_000)]);
    await there.close();
  });
});

const filesIn = (name: string): string[] =>
  readdirSync(place(`${name}/vault/gifts`), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);

async function firstKey(vault: Awaited<ReturnType<typeof findLayeredVault>>): Promise<string> {
  if (!vault) throw new Error('There is no vault');
  for await (const { keys } of vault.shards()) for (const key of keys.keys()) return vault.close().then(() => key);
  throw new Error('The vault is empty');
}

describe('a backup that is interrupted', () => {
  beforeEach(async () => {
    const app = await openAt('data');
    await app.upload('a.txt', 'first');
    await app.close();
    await backup();
    const again = await openAt('data');
    await again.upload('b.txt', 'second');
    await again.close();
  });

  /** Runs it in this process, and ends it after a step. */
  async function interrupt(after: string): Promise<void> {
    const store = await findSqliteStore(place('data/ledger.db'));
    const source = await findLayeredVault(place('data/vault'), true);
    const vault = await openLayeredVault(place('copy/vault'), maxSmallFileSize);
    if (!store || !source) throw new Error('There is nothing to copy');
    const onStep = (step: string) => {
      if (step === after) throw new Error('interrupted');
    };
    const from = { name: 'data', store, vault: source, stored: source };
    const to = { path: place('copy'), vault, stored: vault };
    await expect(backUp(from, to, { verify: false, report: () => undefined, onStep })).rejects.toThrow('interrupted');
    await Promise.all([vault.close(), source.close(), store.db.destroy()]);
  }

  it.each([
    ['bytes', ['first']],
    ['ledger', ['first']],
    ['replaced', ['first', 'second']],
  ])('after the step "%s" is one backup or the other, and can be repeated', async (step, texts) => {
    await interrupt(step);
    await backupIsGood(texts);
    await backup();
    await backupIsGood(['first', 'second']);
  });

  let restored = 0;
  async function backupIsGood(texts: string[]): Promise<void> {
    const settings = { DATA_DIR: place(`back-${++restored}`) };
    const { code } = await rfx(settings, 'restore', '--from', place('copy'), '--gifts', 'go-on');
    expect(code).toBe(0);
    const there = await openTestApp({}, {}, settings.DATA_DIR);
    expect((await drawAll(there)).toSorted()).toEqual(texts);
    await there.close();
  }
});

describe('a mistake', () => {
  it.each([
    [['backup'], 'Say where to: rfx backup --to FOLDER.'],
    [['backup', '--to', 'copy'], 'There is no exchange at'],
    [['backup', 'copy'], '"copy" is no setting'],
    [['restore'], 'Say where from: rfx restore --from FOLDER.'],
    [['restore', '--from', 'copy'], 'Say --gifts wait'],
    [['restore', '--from', 'copy', '--gifts', 'go-on'], 'There is no exchange at'],
    [['backup', '--to', 'copy', '--data-dri', 'x'], 'data-dri'],
  ])('is answered in one sentence, and nothing is made: %j', async (words, sentence) => {
    const { code, out, err } = await rfx({ DATA_DIR: place('data') }, ...words);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(existsSync(place('copy'))).toBe(false);
  });

  it.each(['backup', 'restore'])('is avoided by rfx %s --help', async (verb) => {
    expect(await rfx({}, verb, '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Usage: rfx ${verb} `),
    });
  });

  it('does not start a service on a backup, nor move it, nor restore over gifts or from an exchange', async () => {
    const app = await openAt('data');
    await app.upload('a.txt', 'one');
    await backup();
    await app.close();
    await expect(openAt('copy')).rejects.toThrow('bring it back with "rfx restore"');
    expect(await restore('--gifts', 'go-on')).toMatchObject({
      code: 1,
      err: expect.stringContaining('holds gifts already'),
    });
    const other = { DATA_DIR: place('other') };
    const fromData = await rfx(other, 'restore', '--from', place('data'), '--gifts', 'go-on');
    expect(fromData).toMatchObject({ code: 1, err: expect.stringContaining('is no backup') });
  });

  it('does not restore below a running service', async () => {
    const app = await openAt('data');
    await app.upload('a.txt', 'one');
    await backup();
    const other = await openAt('other');
    const back = await rfx({ DATA_DIR: place('other') }, 'restore', '--from', place('copy'), '--gifts', 'go-on');
    expect(back).toMatchObject({ code: 1, err: expect.stringContaining('Another process is running') });
    await Promise.all([app.close(), other.close()]);
  });
});
