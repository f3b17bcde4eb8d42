/** `rfx doctor` on a folder: its findings and repairs, and that it changes nothing without --repair. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../src/contract/problems/problem.ts';
import { type DoctorOverrides, drawAll, hashesIn, populate, runDoctor } from '../setup/doctor.ts';
import { damageIndex, faultsIn, flipBit } from '../setup/doctor-faults.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { openTestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();
const settings = () => ({ DATA_DIR: place('data') });
const openAt = () => openTestApp({ BUNDLE_UP_TO: '0' }, {}, place('data'));
const examined = (otherwise?: DoctorOverrides) => runDoctor(settings(), otherwise);
const all: DoctorOverrides = { options: { share: 1 } };
const repairing: DoctorOverrides = { options: { share: 1, repair: true } };
/** Includes what is still in flight. */
const atOnce: DoctorOverrides = { target: () => ({ now: Date.now }) };
const { runSql, pooled, stray, leftover, faults } = faultsIn(place);

let tickets: string[];

async function createExchange(): Promise<void> {
  const app = await openAt();
  tickets = await populate(app);
  await app.close();
}

describe('faults', () => {
  beforeEach(createExchange);

  it.each(Object.entries(faults))('include %s, which is repaired on request', async (_, injected) => {
    expect(await examined(all)).toMatchObject({ faults: [] });
    const subject = await injected.inject();
    const before = await hashesIn(place('data'));
    const fault = {
      ...{ kind: injected.kind, subject },
      says: expect.stringMatching(injected.message),
    };
    const seen = await examined(all);
    expect(seen).toMatchObject({ faults: [fault], left: [fault], done: [] });
    expect(await hashesIn(place('data'))).toEqual(before);

    const repaired = await examined(repairing);
    expect(repaired).toMatchObject({ faults: [fault], left: [] });
    expect(repaired.done).not.toEqual([]);
    // Corrupt bytes stay for a while, for an investigation.
    const isLeft = Object.keys(await hashesIn(place('data/vault'))).some((path) => path.endsWith(subject));
    expect(isLeft).toBe(['damaged', 'wrong-size'].includes(injected.kind));
    expect(await examined(all)).toMatchObject({ faults: [], left: [], done: [] });

    const app = await openAt();
    expect(await drawAll(app, tickets)).toBe(4);
    await app.close();
  });

  it('are all repaired together, and every ticket with a gift is served', async () => {
    const subjects = new Set<string>();
    for (const { inject } of Object.values(faults)) subjects.add(await inject());
    const seen = await examined(all);
    expect(new Set(seen.faults.map(({ subject }) => subject))).toEqual(subjects);
    expect((await examined(repairing)).left).toEqual([]);
    expect(await examined(all)).toMatchObject({ faults: [] });
    const app = await openAt();
    expect(await drawAll(app, tickets)).toBe(4);
    expect((await app.running.context.ledger.audit()).faults).toEqual([]);
    await app.close();
  });

  it('include counters that all disagree', async () => {
    runSql("update counter set value = 0 where name in ('given_total', 'delivered_total')");
    expect((await examined()).faults).toHaveLength(2);
    const { left, done } = await examined(repairing);
    expect(left).toEqual([]);
    expect(done).toContain('The counter delivered_total was changed by +1.');
    expect(await examined()).toMatchObject({ faults: [] });
  });

  it('are reported and not repaired if the right state is unknown', async () => {
    runSql("update gift set slot = 99999999 where id in (select min(id) from gift where state = 'pooled')");
    const fault = { kind: 'rule', subject: 'every pooled gift is in one of the slots of its kind' };
    const repaired = await examined(repairing);
    expect(repaired).toMatchObject({ faults: [fault], left: [fault], done: [] });
  });

  it('exclude what may still be in flight', async () => {
    await writeFile(stray(), 'stray');
    await writeFile(leftover(), 'half of it');
    const before = await hashesIn(place('data'));
    for (const repair of [false, true]) {
      const seen = await examined({ ...atOnce, options: { repair } });
      expect(seen).toMatchObject({ faults: [], done: [] });
      expect(seen.notes).toEqual([
        '1 young gifts without rows were left alone: they may be under way.',
        '1 young unfinished gives were left alone: they may be under way.',
      ]);
    }
    expect(await hashesIn(place('data'))).toEqual(before);
  });

  it('must be seen twice', async () => {
    const path = pooled();
    const bytes = await readFile(path);
    await rm(path);
    const back = { settle: () => writeFile(path, bytes) };
    expect(await examined({ options: { repair: true }, progress: back })).toMatchObject({
      faults: [],
      done: [],
    });
    await flipBit(path, 0);
    const right = { settle: () => flipBit(path, 0) };
    expect(await examined({ ...repairing, progress: right })).toMatchObject({
      faults: [],
      done: [],
    });
  });

  it('exclude unknown files, which are noted and stay', async () => {
    await writeFile(place('data/vault/gifts/ab/notes.txt'), 'mine');
    await mkdir(place('data/vault/lost+found'));
    const seen = await examined(repairing);
    expect(seen).toMatchObject({ faults: [], done: [] });
    expect(seen.notes).toEqual([
      "lost+found in the vault is none of the exchange's.",
      "gifts/ab/notes.txt in the vault is none of the exchange's.",
    ]);
    expect(await hashesIn(place('data'))).toHaveProperty([place('data/vault/gifts/ab/notes.txt')]);
  });

  it('include one unreadable gift; if most are unreadable, the doctor stops', async () => {
    const key = basename(pooled());
    const failing = (isBad: (key: string) => boolean): DoctorOverrides => ({
      ...repairing,
      target: ({ vault }) => ({
        vault: Object.assign(Object.create(vault), {
          read: (wanted: string, ...rest: [never, never]) => {
            if (!isBad(wanted)) return vault.read(wanted, ...rest);
            throw new Problem('storage-failing', { cause: new Error('EIO: i/o error, read') });
          },
          shards: () => vault.shards(),
          unknownEntries: () => vault.unknownEntries(),
          integrity: () => vault.integrity(),
        }),
      }),
    });
    await expect(examined(failing(() => true))).rejects.toThrow('hardly be read');
    expect(await examined(all)).toMatchObject({ faults: [] });
    const seen = await examined(failing((wanted) => wanted === key));
    expect(seen.faults).toEqual([{ kind: 'unreadable', subject: key, says: 'EIO: i/o error, read' }]);
    expect(seen.left).toEqual([]);
    expect(await examined(all)).toMatchObject({ faults: [] });
  });

  it('stop the doctor if they are in the database itself', async () => {
    await damageIndex(place('data/ledger.db'), 'gift_slot');
    const seen = await examined(repairing);
    expect(seen.faults[0]).toMatchObject({ kind: 'database' });
    expect(seen).toMatchObject({ done: [], notes: [expect.stringContaining('backup')] });
  });

  it('stop it as well in the database of small files', async () => {
    const app = await openTestApp({}, {}, place('data'));
    await app.upload('small.txt', 'in the bundle');
    await app.close();
    expect(await examined(all)).toMatchObject({ faults: [] });
    await damageIndex(place('data/vault/small.db'), 'sqlite_autoindex_small_1');
    const seen = await examined(repairing);
    expect(seen.faults[0]).toMatchObject({
      kind: 'database',
      subject: expect.stringContaining('small.db: '),
    });
    expect(seen).toMatchObject({ done: [], notes: [expect.stringContaining('backup')] });
  });
});

describe('a sample of the data', () => {
  beforeEach(async () => {
    const app = await openAt();
    for (let n = 0; n < 200; n++) await app.upload(`${n}.txt`, `gift number ${n}`);
    await app.close();
  });

  it('has that size, takes each gift with the same chance, and has at least one', async () => {
    const share = (part: number): DoctorOverrides => ({ options: { share: part } });
    expect((await examined(share(0.05))).reading).toMatchObject({ gifts: 10, faults: [] });
    expect((await examined(share(0.0001))).reading).toMatchObject({ gifts: 1 });
    expect((await examined(share(1))).reading).toMatchObject({ gifts: 200, restSeconds: 0 });
    expect((await examined()).reading).toBeUndefined();
  });

  it('depends on the random source', async () => {
    const read: string[] = [];
    const rolling = (roll: (n: number) => number): DoctorOverrides => ({
      options: { share: 0.02 },
      target: ({ vault }) => ({
        roll,
        vault: Object.assign(Object.create(vault), {
          read: (key: string, ...rest: [never, never]) => {
            read.push(key);
            return vault.read(key, ...rest);
          },
          shards: () => vault.shards(),
          unknownEntries: () => vault.unknownEntries(),
          integrity: () => vault.integrity(),
        }),
      }),
    });
    const keysOf = async (roll: (n: number) => number) => {
      await examined(rolling(roll));
      return read.splice(0);
    };
    const [first, last] = [await keysOf(() => 0), await keysOf((n) => n - 1)];
    expect([first, last].map(({ length }) => length)).toEqual([4, 4]);
    expect(new Set([...first, ...last])).toHaveProperty('size', 8);
  });
});

describe('without an exchange', () => {
  it('fails and creates nothing', async () => {
    await expect(examined()).rejects.toThrow('There is no exchange at');
    await mkdir(place('data'));
    await expect(examined(repairing)).rejects.toThrow('nothing was made there');
    expect(await hashesIn(place())).toEqual({ [place('data')]: 'folder' });
  });

  it("refuses a ledger without its vault, or with another one's", async () => {
    await createExchange();
    await rm(place('data/vault'), { recursive: true });
    await expect(examined(repairing)).rejects.toThrow('There is a ledger, but no vault');
    const other = await openTestApp({}, {}, place('other'));
    await other.upload('theirs.txt', 'theirs');
    await other.close();
    await rename(place('other/vault'), place('data/vault'));
    const before = await hashesIn(place('data'));
    await expect(examined(repairing)).rejects.toThrow("another's id");
    expect(await hashesIn(place('data'))).toEqual(before);
  });

  it('refuses tables of another version and does not change them', async () => {
    await createExchange();
    runSql('delete from kysely_migration where name = (select max(name) from kysely_migration)');
    await expect(examined(repairing)).rejects.toThrow('an older version');
    runSql("insert into kysely_migration values ('900_later', '')");
    await expect(examined()).rejects.toThrow('a newer version');
    await writeFile(place('data/ledger.db'), 'Something that is no database at all. '.repeat(100));
    await rm(place('data/ledger.db-wal'), { force: true });
    await expect(examined()).rejects.toThrow('not a database');
  });
});
