/** Storage that is not what it was: files that are missing, damaged or replaced, at the start and while the service runs. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { adopt } from '../../src/app/create-storage.ts';
import { readConfig } from '../../src/config/load-settings.ts';
import { paths } from '../../src/contract/api/paths.ts';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import { maxMissing } from '../../src/exchange/storage/missing-bytes.ts';
import { type DoctorOverrides, runDoctor } from '../setup/doctor.ts';
import { openTestApp, reconcileTwice, type TestApp } from '../setup/test-app.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-lying-'));
  return () => rm(folder, { recursive: true });
});

const at = (...names: string[]) => join(folder, ...names);
const small = () => at('vault', 'small.db');
const open = () => openTestApp({ GRACE: '1d' }, {}, folder);

async function give(app: TestApp, count: number): Promise<void> {
  for (let n = 0; n < count; n++) expect((await app.upload(`${n}.txt`, `gift ${n}`)).status).toBe(200);
}

/** Leaves an exchange with gifts behind. */
async function stoppedWith(gifts: number): Promise<void> {
  const app = await open();
  await give(app, gifts);
  await app.close();
}

const examined = (options: DoctorOverrides['options'] = {}) => runDoctor({ DATA_DIR: folder }, { options });
const ready = async (app: TestApp) => (await app.ready()).status;
const pooled = async ({ client }: TestApp) => (await client.poolStats()).file_count;
const emptyStore = () => {
  const database = new Database(small());
  database.exec('delete from small');
  database.close();
};

describe('a start', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'missing',
      () => rm(small()),
      /small\.db" is missing, empty .* 12 of 12 gifts have no bytes; .*backup.*doctor.*adopt/,
    ],
    ['empty', () => truncate(small()), /small\.db" is missing, empty .* 12 of 12 gifts have no bytes/],
    ['no database', () => writeFile(small(), 'x'.repeat(9000)), /small\.db" is damaged .*doctor.*backup/],
    ['cut in half', async () => truncate(small(), (await stat(small())).size / 2), /small\.db" is damaged/],
    ['that of another exchange', () => takeOther(), /small\.db" is missing, empty or not this exchange's/],
  ])('is refused if small.db is %s, again and again, and succeeds with the backup', async (_what, harm, sentence) => {
    await stoppedWith(12);
    await copyFile(small(), at('backup'));
    await harm();
    for (const _ of [1, 2]) await expect(open()).rejects.toThrow(sentence);
    await copyFile(at('backup'), small());
    const app = await open();
    expect(await (await fetch(app.url + paths.download)).text()).toMatch(/^gift/);
    expect(await pooled(app)).toBe(11);
    await app.close();
  });

  async function takeOther(): Promise<void> {
    const other = await openTestApp({}, {}, at('other'));
    await give(other, 1);
    await other.close();
    await copyFile(at('other', 'vault', 'small.db'), small());
  }

  it('without small.db succeeds if no gift is missed, or if the operator adopts the vault', async () => {
    await stoppedWith(0);
    await rm(small());
    const app = await open();
    await give(app, 1);
    await app.close();
    await rm(small());
    await expect(open()).rejects.toThrow(/small\.db/);
    // An empty one would hide from the doctor that it is missing.
    expect(existsSync(small())).toBe(false);
    await adopt(readConfig([], { DATA_DIR: folder }, at('no.env')));
    const again = await open();
    expect(await ready(again)).toBe(200);
    await again.close();
  });

  it('gives an id to the small.db of an earlier version', async () => {
    await stoppedWith(3);
    const database = new Database(small());
    database.exec('drop table vault');
    database.close();
    const app = await open();
    expect(await (await fetch(app.url + paths.download)).text()).toMatch(/^gift/);
    await app.close();
    await rm(small());
    await expect(open()).rejects.toThrow(/small\.db/);
  });

  it('names a ledger that is damaged', async () => {
    await stoppedWith(1);
    await truncate(at('ledger.db'), 20_000);
    await expect(open()).rejects.toThrow(/ledger\.db" is damaged .*doctor.*backup/);
  });
});

describe('the doctor', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['missing', () => rm(small()), /small\.db" is missing/],
    ['damaged', () => writeFile(small(), 'x'.repeat(9000)), /small\.db" is damaged/],
  ])('reports a small.db that is %s, and changes nothing', async (_what, harm, sentence) => {
    await stoppedWith(3);
    await harm();
    const { faults, done } = await examined({ repair: true });
    expect(faults).toMatchObject([{ kind: 'database', subject: expect.stringMatching(sentence) }]);
    expect(done).toEqual([]);
  });

  it('quarantines many gifts without bytes only if the operator accepts the loss', async () => {
    await stoppedWith(12);
    emptyStore();
    const { left, notes } = await examined({ repair: true });
    expect(left).toHaveLength(12);
    expect(notes.join()).toMatch(/12 of 12 gifts have no bytes.*--accept-loss/);
    expect((await examined({ repair: true, acceptLoss: true })).left).toEqual([]);
    expect((await examined()).faults).toEqual([]);
  });
});

describe('gifts without bytes', () => {
  it('are not quarantined by draws, nor by the comparison, if they are many', async () => {
    const app = await open();
    await give(app, 30);
    emptyStore();
    for (const _ of [1, 2, 3]) expect((await fetch(app.url + paths.download)).status).toBe(503);
    const late = { ...app.running.context, now: () => Date.now() + 2 * minStrayAge };
    expect(await reconcileTwice(late)).toMatchObject({ missing: 0, withheld: 30 });
    expect((await app.running.context.ledger.audit()).gifts.quarantined).toBeUndefined();
    await app.close();
  });

  it('are quarantined up to a handful among sound ones', async () => {
    const app = await open();
    await give(app, 40);
    const database = new Database(small());
    database.exec('delete from small where id % 4 = 0');
    database.close();
    const statuses: number[] = [];
    for (let n = 0; n < 30; n++) statuses.push((await fetch(app.url + paths.download)).status);
    expect((await app.running.context.ledger.audit()).gifts.quarantined).toBe(maxMissing);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    await app.close();
  });

  it('are quarantined by the comparison if they are few', async () => {
    const app = await open();
    await give(app, 12);
    const database = new Database(small());
    database.exec('delete from small where id <= 2');
    database.close();
    const late = { ...app.running.context, now: () => Date.now() + 2 * minStrayAge };
    expect(await reconcileTwice(late)).toMatchObject({ missing: 2, withheld: 0 });
    await app.close();
  });
});

describe('while the service runs', () => {
  it.each([
    ['ledger.db', ['ledger.db']],
    ['the log of the ledger', ['ledger.db-wal']],
    ['small.db', ['vault', 'small.db']],
    ['the log of small.db', ['vault', 'small.db-wal']],
  ])('takes no gift after %s was deleted, and is not ready', async (_what, names) => {
    const app = await open();
    await give(app, 1);
    expect(await ready(app)).toBe(200);
    await rm(at(...names));
    expect((await app.upload('late.txt', 'late')).status).toBe(503);
    expect(await ready(app)).toBe(503);
    await app.close();
  });

  it('takes no gift after ledger.db was replaced', async () => {
    const app = await open();
    await give(app, 1);
    await copyFile(at('ledger.db'), at('copy'));
    await rename(at('copy'), at('ledger.db'));
    expect((await app.upload('late.txt', 'late')).status).toBe(503);
    expect(await ready(app)).toBe(503);
    await app.close();
  });

  it('takes no large gift after another folder took the place of the vault', async () => {
    const other = await openTestApp({}, {}, at('other'));
    await other.close();
    const app = await open();
    await give(app, 1);
    await rename(at('vault'), at('away'));
    await rename(at('other', 'vault'), at('vault'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await app.upload('large.txt', 'large '.repeat(20_000))).status).toBe(503);
    await rm(at('vault'), { recursive: true });
    await rename(at('away'), at('vault'));
    await app.close();
  });

  it('goes on after lock.db was deleted, and lets no second one start', async () => {
    const app = await open();
    await rm(at('lock.db'));
    await expect(open()).rejects.toThrow(/^Another process is running on the data folder/);
    await give(app, 1);
    expect(await ready(app)).toBe(200);
    await app.close();
  });
});

describe('other users', () => {
  /** The paths in the data folder that other users may open. */
  async function openPaths(): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true });
    const modes = await Promise.all(
      ['', ...entries].map(async (name) => ({ name, mode: (await stat(at(name))).mode & 0o777 })),
    );
    return modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ name, mode }) => `${name} ${mode.toString(8)}`);
  }

  const largeGift = (app: TestApp) => app.upload('large.txt', 'large '.repeat(20_000));

  it('cannot open any file, whatever the umask and the folder before', async () => {
    const umask = process.umask(0o000);
    await chmod(folder, 0o755);
    const app = await open();
    await give(app, 3);
    await largeGift(app);
    expect(await openPaths()).toEqual([]);
    await app.close();
    process.umask(umask);
  });

  it('cannot open the files of an earlier version any more, and the log says so', async () => {
    const first = await open();
    await give(first, 3);
    await largeGift(first);
    await first.close();
    for (const name of ['', ...(await readdir(folder, { recursive: true }))]) {
      const { mode } = await stat(at(name));
      await chmod(at(name), mode | 0o055);
    }
    let log = '';
    const write = (line: string) => {
      log += line;
    };
    const app = await openTestApp({ LOG_LEVEL: 'warn' }, { log: { write } }, folder);
    expect(await openPaths()).toEqual([]);
    expect(log).toContain('was open to other users and is closed now');
    await app.close();
  });

  it('may pass through a folder that holds other things, and the log says so', async () => {
    await mkdir(at('photos'));
    await chmod(folder, 0o755);
    let log = '';
    const write = (line: string) => {
      log += line;
    };
    const app = await openTestApp({ LOG_LEVEL: 'warn' }, { log: { write } }, folder);
    await give(app, 1);
    const others = (await openPaths()).filter((name) => !name.startsWith('photos'));
    expect(others).toEqual([' 755']);
    expect(log).toContain('is open to other users and holds other things');
    await app.close();
  });
});
