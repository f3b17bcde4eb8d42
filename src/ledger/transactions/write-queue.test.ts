import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Db, Tables } from '../schema/tables.ts';
import { noteQueries } from '../testing/query-log.ts';
import { createWriteQueue } from './write-queue.ts';

let folder: string;
let path: string;
const opened: Kysely<Tables>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-lane-'));
  path = join(folder, 'ledger.db');
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const db of opened.splice(0)) await db.destroy();
  await rm(folder, { recursive: true });
});

async function open(): Promise<Kysely<Tables>> {
  const db = await openSqlite(path);
  opened.push(db);
  return db;
}

/** The same file through a connection that notes what it is asked. */
async function openNoting() {
  await open();
  const noting = noteQueries(path);
  opened.push(noting.db);
  return noting;
}

const make = (name: string) => async (db: Db) => {
  await db.insertInto('pool').values({ name }).execute();
  return name;
};

const names = async (db: Db) =>
  (await db.selectFrom('pool').select('name').orderBy('id').execute()).map(({ name }) => name);

const failing = (name: string, error: unknown) => async (db: Db) => {
  await make(name)(db);
  throw error;
};

const storageError = (code: string) => Object.assign(new Error(code), { code });

describe('a lane', () => {
  it('answers each verb with its own value', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    expect(
      await Promise.all([lane.write(make('a')), lane.read(names), lane.write(make('b'))]),
    ).toEqual(['a', ['public', 'a'], 'b']);
  });

  it('shares one commit among all verbs of one turn', async () => {
    const { db, asked } = await openNoting();
    const lane = createWriteQueue(db, sqlite);
    await Promise.all(Array.from({ length: 50 }, (_, n) => lane.write(make(`pool ${n}`))));
    expect(asked.filter((query) => query === 'begin immediate')).toHaveLength(1);
    expect(asked.filter((query) => query === 'commit')).toHaveLength(1);
  });

  it('takes more verbs at once than one batch holds', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    await Promise.all(Array.from({ length: 600 }, (_, n) => lane.write(make(`pool ${n}`))));
    expect(await lane.read(names)).toHaveLength(601);
  });

  it('undoes only the writes of the verb that threw', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    const refusal = new Error('refused');
    const results = await Promise.allSettled([
      lane.write(make('a')),
      lane.write(failing('b', refusal)),
      lane.write(make('c')),
      lane.write(make('a')),
      lane.read(() => Promise.reject(refusal)),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(results[1]).toMatchObject({ reason: refusal });
    expect(results[3]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_UNIQUE' } });
    expect(await lane.read(names)).toEqual(['public', 'a', 'c']);
    expect(await names(await open())).toEqual(['public', 'a', 'c']);
  });

  for (const [code, problem] of [
    ['SQLITE_FULL', 'storage-full'],
    ['SQLITE_IOERR_FSYNC', 'storage-failing'],
  ] as const) {
    it(`answers no write with success when the storage fails with ${code}, and reads all the same`, async () => {
      const lane = createWriteQueue(await open(), sqlite);
      const reading = [lane.read(names), lane.read(names)];
      const results = await Promise.allSettled([
        lane.write(make('a')),
        lane.write(failing('b', storageError(code))),
        lane.write(make('c')),
      ]);
      for (const result of results) expect(result).toMatchObject({ reason: { code: problem } });
      expect(await Promise.all(reading)).toEqual([['public'], ['public']]);
      expect(await lane.read(names)).toEqual(['public']);
      expect(await names(await open())).toEqual(['public']);
    });
  }

  it('answers nobody with success when the file cannot grow', async () => {
    const db = await open();
    const lane = createWriteQueue(db, sqlite);
    await sql`pragma max_page_count = 1`.execute(db);
    const big = make('x'.repeat(2 ** 20));
    const results = await Promise.allSettled([lane.write(make('a')), lane.write(big)]);
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage-full' } });
    }
    await sql`pragma max_page_count = 100000`.execute(db);
    await lane.write(make('b'));
    expect(await lane.read(names)).toEqual(['public', 'b']);
  });

  it('answers nobody with success when the commit fails', async () => {
    const { db, asked } = await openNoting();
    const lane = createWriteQueue(db, sqlite);
    const defer = async (tx: Db) => {
      await sql`create table child (pool integer references pool (id) deferrable initially deferred)`.execute(
        tx,
      );
    };
    await lane.write(defer);
    const orphan = async (tx: Db) => {
      await sql`insert into child values (999)`.execute(tx);
    };
    await sql`pragma foreign_keys = on`.execute(db);
    const results = await Promise.allSettled([lane.write(make('a')), lane.write(orphan)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked.at(-1)).toBe('rollback');
    expect(await lane.read(names)).toEqual(['public']);
  });

  it('shows nobody what is not committed', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    const other = createWriteQueue(await open(), sqlite);
    const { promise: halfWay, resolve: reached } = Promise.withResolvers<void>();
    const { promise: gate, resolve: goOn } = Promise.withResolvers<void>();
    const writing = lane.write(async (db) => {
      await make('a')(db);
      reached();
      await gate;
    });
    await halfWay;
    expect(await other.read(names)).toEqual(['public']);
    let answered = false;
    const reading = lane.read(names).finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).toBe(false);
    goOn();
    await writing;
    expect(await reading).toEqual(['public', 'a']);
    expect(await other.read(names)).toEqual(['public', 'a']);
  });

  it('lets a reading verb see one state, whatever others commit meanwhile', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    const other = createWriteQueue(await open(), sqlite);
    const seen = await lane.read(async (db) => {
      const before = await names(db);
      await other.write(make('a'));
      return [before, await names(db)];
    });
    expect(seen).toEqual([['public'], ['public']]);
    expect(await lane.read(names)).toEqual(['public', 'a']);
  });

  it('waits for a writer on another connection without blocking the process', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    const other = await open();
    await sql`begin immediate`.execute(other);
    const writing = lane.write(make('a'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sql`commit`.execute(other);
    expect(await writing).toBe('a');
  });

  it('gives up when another writer never ends', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    const other = await open();
    await sql`begin immediate`.execute(other);
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      time += 3000;
      return time;
    });
    await expect(lane.write(make('a'))).rejects.toMatchObject({ code: 'storage-failing' });
    await sql`rollback`.execute(other);
    expect(await lane.write(make('b'))).toBe('b');
  });

  it('waits in idle for all that was asked for', async () => {
    const lane = createWriteQueue(await open(), sqlite);
    let answered = 0;
    for (let n = 0; n < 10; n += 1) {
      lane.write(make(`pool ${n}`)).then(
        () => {
          answered += 1;
        },
        () => {},
      );
    }
    await lane.idle();
    await Promise.resolve();
    expect(answered).toBe(10);
    await lane.idle();
  });

  it('writes nothing more after the storage failed, until it is opened anew', async () => {
    const { lane, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    await expect(lane.write(make('a'))).rejects.toMatchObject({ code: 'storage-failing' });
    fail(undefined);
    await expect(lane.write(make('b'))).rejects.toMatchObject({ code: 'storage-failing' });
    await expect(lane.check()).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await lane.read(names)).toEqual(['public']);
  });

  it('writes nothing more for who asks as soon as the storage failed, or waited meanwhile', async () => {
    const { lane, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    let waiting: Promise<unknown> | undefined;
    const first = lane.write(async (db) => {
      await make('a')(db);
      waiting = lane.write(make('b')).catch((error: unknown) => error);
    });
    const again = first.catch(() => {
      fail(undefined);
      return lane.write(names);
    });
    await expect(again).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await waiting).toMatchObject({ code: 'storage-failing' });
    expect(await lane.read(names)).toEqual(['public']);
  });

  it('writes nothing more either after it failed for one of those who had to try by themselves', async () => {
    const { lane, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    const results = await Promise.allSettled([
      lane.write(failing('a', new Error('refused'))),
      lane.write(make('b')),
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'storage-failing' } });
    await lane.idle();
    fail(undefined);
    await expect(lane.check()).rejects.toMatchObject({ code: 'storage-failing' });
  });

  it('tells those who read when they fail by themselves too', async () => {
    const { lane, fail } = await openFailing();
    fail('SQLITE_FULL');
    const results = await Promise.allSettled([lane.write(make('a')), lane.read(names)]);
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage-full' } });
    }
  });

  it('goes on when a full disk has room again', async () => {
    const { lane, fail } = await openFailing();
    fail('SQLITE_FULL');
    await expect(lane.write(make('a'))).rejects.toMatchObject({ code: 'storage-full' });
    fail(undefined);
    await lane.check();
    expect(await lane.write(make('b'))).toBe('b');
  });
});

/** A lane whose commits fail with a code of the test's choice. */
async function openFailing() {
  await open();
  const database = new Database(path);
  let code: string | undefined;
  const prepare = (text: string) => {
    if (text === 'commit' && code) throw storageError(code);
    return database.prepare(text);
  };
  const dialect = new SqliteDialect({ database: { prepare, close: () => database.close() } });
  const db = new Kysely<Tables>({ dialect });
  opened.push(db);
  const fail = (next: string | undefined) => {
    code = next;
  };
  return { lane: createWriteQueue(db, sqlite), fail };
}
