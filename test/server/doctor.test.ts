/** `rfx doctor` on a folder: its findings and repairs, and that it changes nothing without --repair. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { programFlags } from '../../scripts/runtime.mjs';
import { Problem } from '../../src/contract/problems/problem.ts';
import type { GiftState } from '../../src/ledger/types.ts';
import type { IssueKind } from '../../src/operations/doctor/issues.ts';
import {
  type DoctorOverrides,
  drawAll,
  hashesIn,
  keysInState,
  populate,
  runDoctor,
} from '../setup/doctor.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();
const settings = () => ({ DATA_DIR: place('data') });
const openAt = () => openTestApp({ BUNDLE_UP_TO: '0' }, {}, place('data'));
const examined = (otherwise?: DoctorOverrides) => runDoctor(settings(), otherwise);
const all: DoctorOverrides = { options: { share: 1 } };
const repairing: DoctorOverrides = { options: { share: 1, repair: true } };
/** Includes what is still in flight. */
const atOnce: DoctorOverrides = { target: () => ({ now: Date.now }) };

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}

/** Flips a byte in an index of a database. */
async function damageIndex(path: string, name: string): Promise<void> {
  const database = new Database(path);
  const root = database
    .prepare('select rootpage from sqlite_master where name = ?')
    .pluck()
    .get(name);
  const size = database.pragma('page_size', { simple: true }) as number;
  database.pragma('wal_checkpoint(truncate)');
  database.close();
  await flip(path, (Number(root) - 1) * size + 4);
}

function say(statement: string): void {
  const ledger = new Database(place('data/ledger.db'));
  ledger.exec(statement);
  ledger.close();
}

/** The path of the bytes of a gift in a state. */
const giftThatIs = (state: GiftState) => () => {
  const [key = ''] = keysInState(state, place('data'));
  return place(join('data/vault/gifts', key.slice(0, 2), key));
};

const pooled = giftThatIs('pooled');
const leased = giftThatIs('leased');
const stray = () => place(`data/vault/gifts/ab/ab${'0'.repeat(30)}`);
const leftover = () => place('data/vault/incoming/left-behind');

interface Harm {
  readonly kind: IssueKind;
  readonly about: RegExp;
  /** Applies a change and returns the path. */
  work(): Promise<string> | string;
}

const on = (path: () => string, work: (path: string) => Promise<void>) => async () => {
  const chosen = path();
  await work(chosen);
  return basename(chosen);
};

const harms: Readonly<Record<string, Harm>> = {
  'a flipped byte': {
    kind: 'damaged',
    about: /block 0 has changed/,
    work: on(pooled, (path) => flip(path, 700)),
  },
  'a flipped byte of a gift on its way': {
    kind: 'damaged',
    about: /block 1 has changed/,
    work: on(leased, (path) => flip(path, 140_000)),
  },
  'a truncated file': {
    kind: 'wrong-size',
    about: /it has 9 bytes instead of \d+/,
    work: on(pooled, (path) => truncate(path, 9)),
  },
  'a file that has grown': {
    kind: 'wrong-size',
    about: /bytes instead of/,
    work: on(pooled, (path) => appendFile(path, 'more')),
  },
  'a missing file': { kind: 'missing', about: /gone/, work: on(pooled, (path) => rm(path)) },
  'a missing file of a gift on its way': {
    kind: 'missing',
    about: /gone/,
    work: on(leased, (path) => rm(path)),
  },
  'stray bytes': {
    kind: 'stray',
    about: /does not know these 5 bytes/,
    work: on(stray, (path) => writeFile(path, 'stray')),
  },
  'what a give left behind': {
    kind: 'leftover',
    about: /left behind/,
    work: async () => {
      await writeFile(leftover(), 'half of it');
      return 'incoming/left-behind';
    },
  },
  'a wrong counter': {
    kind: 'rule',
    about: /it is broken/,
    work: () => {
      say("update counter set value = value + 3 where name like 'bytes/%'");
      return 'counters equal the pooled gifts and the open tickets';
    },
  },
  'a wrong total': {
    kind: 'rule',
    about: /it is broken/,
    work: () => {
      say("update counter set value = value + 5 where name = 'given_total'");
      return 'what was given is in the pool, on its way, or at one of its ends';
    },
  },
  'a ticket that waits beside a gift for it': {
    kind: 'rule',
    about: /it is broken/,
    work: () => {
      say(
        "update ticket set state = 'waiting' where id in (select max(id) from ticket where state = 'open')",
      );
      return 'no ticket waits while there is a gift for it';
    },
  },
};

let tickets: string[];

async function lived(): Promise<void> {
  const app = await openAt();
  tickets = await populate(app);
  await app.close();
}

describe('faults', () => {
  beforeEach(lived);

  it.each(Object.entries(harms))('include %s, which is repaired on request', async (_, harm) => {
    expect(await examined(all)).toMatchObject({ faults: [] });
    const subject = await harm.work();
    const before = await hashesIn(place('data'));
    const fault = { kind: harm.kind, subject, says: expect.stringMatching(harm.about) };
    const seen = await examined(all);
    expect(seen).toMatchObject({ faults: [fault], left: [fault], done: [] });
    expect(await hashesIn(place('data'))).toEqual(before);

    const repaired = await examined(repairing);
    expect(repaired).toMatchObject({ faults: [fault], left: [] });
    expect(repaired.done).not.toEqual([]);
    // Corrupt bytes stay for a while, for an investigation.
    const isLeft = Object.keys(await hashesIn(place('data/vault'))).some((path) =>
      path.endsWith(subject),
    );
    expect(isLeft).toBe(['damaged', 'wrong-size'].includes(harm.kind));
    expect(await examined(all)).toMatchObject({ faults: [], left: [], done: [] });

    const app = await openAt();
    expect(await drawAll(app, tickets)).toBe(4);
    await app.close();
  });

  it('are all repaired together, and every ticket with a gift is served', async () => {
    const works = Object.values(harms);
    const subjects = new Set<string>();
    for (const harm of works) subjects.add(await harm.work());
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
    say("update counter set value = 0 where name in ('given_total', 'delivered_total')");
    expect((await examined()).faults).toHaveLength(2);
    const { left, done } = await examined(repairing);
    expect(left).toEqual([]);
    expect(done).toContain('The counter delivered_total was changed by +1.');
    expect(await examined()).toMatchObject({ faults: [] });
  });

  it('are reported and not repaired if the right state is unknown', async () => {
    say(
      "update gift set slot = 99999999 where id in (select min(id) from gift where state = 'pooled')",
    );
    const fault = { kind: 'rule', subject: 'every pooled gift is in one of the slots' };
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
    await flip(path, 0);
    const right = { settle: () => flip(path, 0) };
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
    expect(seen.faults).toEqual([
      { kind: 'unreadable', subject: key, says: 'EIO: i/o error, read' },
    ]);
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
    await lived();
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
    await lived();
    say('delete from kysely_migration where name = (select max(name) from kysely_migration)');
    await expect(examined(repairing)).rejects.toThrow('an older version');
    say("insert into kysely_migration values ('900_later', '')");
    await expect(examined()).rejects.toThrow('a newer version');
    await writeFile(place('data/ledger.db'), 'Something that is no database at all. '.repeat(100));
    await rm(place('data/ledger.db-wal'), { force: true });
    await expect(examined()).rejects.toThrow('not a database');
  });
});

const program = join(import.meta.dirname, '../../dist/server/main.js');

async function rfx(...argv: string[]) {
  const child = spawn(process.execPath, [...programFlags, program, 'doctor', ...argv], {
    cwd: place(),
    env: { PATH: process.env.PATH, DATA_DIR: place('data') },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

describe('rfx doctor', () => {
  it('prints help and refuses unknown options', async () => {
    expect(await rfx('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('--read-data=5%'),
    });
    expect(await rfx('--repiar')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Unknown setting --repiar'),
    });
    for (const wrong of [
      '--read-data=0%',
      '--read-data=most',
      '--read-data=101%',
      '--repair=yes',
      '5%',
    ])
      expect(await rfx(wrong)).toMatchObject({ code: 2, out: '' });
    expect(await rfx()).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no exchange at'),
    });
    expect(await hashesIn(place())).toEqual({});
  });

  it('exits with 0 after hundreds of exchanges, even beside the service, and with 1 after damage', async () => {
    const app = await openAt();
    const strangers = Array.from({ length: 300 }, (_, n) => n);
    await Promise.all(strangers.map((n) => exchange(app, n)));
    await app.upload('left.txt', 'nobody has drawn this one');
    expect(await rfx('--read-data')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\nHealthy\.\n$/),
    });
    expect(await rfx('--repair')).toMatchObject({
      code: 2,
      err: expect.stringContaining('The service is running on'),
    });
    await app.close();
    expect(await rfx('--read-data=5%', '--repair')).toMatchObject({ code: 0 });

    await harms['a missing file']?.work();
    const seen = await rfx('--data-dir', place('data'));
    expect(seen).toMatchObject({
      code: 1,
      out: expect.stringContaining('1 fault. Nothing was changed'),
    });
    const { code, out } = await rfx('--repair', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      healthy: false,
      faults: [{ kind: 'missing', repaired: true }],
      done: [expect.stringContaining('out of circulation')],
    });
    expect(JSON.parse((await rfx('--json')).out)).toMatchObject({ healthy: true, faults: [] });
  });
});

async function exchange({ client }: TestApp, n: number): Promise<void> {
  const { ticket } = await client.give(fileOf(`${n}.txt`, `the gift of ${n}`));
  const drawn = await client.draw(ticket);
  if (drawn) await (await client.fetchDelivery(drawn)).text();
}
