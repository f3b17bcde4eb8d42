import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NeedsExclusive, type Tx } from '../engine/isolation.ts';
import { openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Tables } from '../schema/tables.ts';
import { noteQueries } from '../testing/query-log.ts';
import { createWriteQueue } from './write-queue.ts';

const roll = () => 0;
let folder: string;
let path: string;
const opened: Kysely<Tables>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-queue-'));
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

/** The same file through a connection that records its queries. */
async function openNoting() {
  await open();
  const noting = noteQueries(path);
  opened.push(noting.db);
  return noting;
}

type On = Pick<Tx, 'db'>;

const make =
  (name: string) =>
  async ({ db }: On) => {
    await db.insertInto('pool').values({ name }).execute();
    return name;
  };

const names = async ({ db }: On) =>
  (await db.selectFrom('pool').select('name').orderBy('id').execute()).map(({ name }) => name);

const failing = (name: string, error: unknown) => async (tx: On) => {
  await make(name)(tx);
  throw error;
};

const storageError = (code: string) => Object.assign(new Error(code), { code });

describe('a write queue', () => {
  it('answers each verb with its own value', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    expect(
      await Promise.all([queue.write(make('a')), queue.read(names), queue.write(make('b'))]),
    ).toEqual(['a', ['public', 'a'], 'b']);
  });

  it('shares one commit among all verbs of one turn', async () => {
    const { db, asked } = await openNoting();
    const queue = createWriteQueue(db, sqlite, roll);
    await Promise.all(Array.from({ length: 50 }, (_, n) => queue.write(make(`pool ${n}`))));
    expect(asked.filter((query) => query === 'begin immediate')).toHaveLength(1);
    expect(asked.filter((query) => query === 'commit')).toHaveLength(1);
  });

  it('takes more verbs at once than one batch holds', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    await Promise.all(Array.from({ length: 600 }, (_, n) => queue.write(make(`pool ${n}`))));
    expect(await queue.read(names)).toHaveLength(601);
  });

  it('undoes only the writes of the verb that threw', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const refusal = new Error('refused');
    const results = await Promise.allSettled([
      queue.write(make('a')),
      queue.write(failing('b', refusal)),
      queue.write(make('c')),
      queue.write(make('a')),
      queue.read(() => Promise.reject(refusal)),
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
    expect(await queue.read(names)).toEqual(['public', 'a', 'c']);
    expect(await names({ db: await open() })).toEqual(['public', 'a', 'c']);
  });

  for (const [code, problem] of [
    ['SQLITE_FULL', 'storage-full'],
    ['SQLITE_IOERR_FSYNC', 'storage-failing'],
  ] as const) {
    it(`answers no write with success when the storage fails with ${code}, and reads all the same`, async () => {
      const queue = createWriteQueue(await open(), sqlite, roll);
      const reading = [queue.read(names), queue.read(names)];
      const results = await Promise.allSettled([
        queue.write(make('a')),
        queue.write(failing('b', storageError(code))),
        queue.write(make('c')),
      ]);
      for (const result of results) expect(result).toMatchObject({ reason: { code: problem } });
      expect(await Promise.all(reading)).toEqual([['public'], ['public']]);
      expect(await queue.read(names)).toEqual(['public']);
      expect(await names({ db: await open() })).toEqual(['public']);
    });
  }

  it('answers nobody with success when the file cannot grow', async () => {
    const db = await open();
    const queue = createWriteQueue(db, sqlite, roll);
    await sql`pragma max_page_count = 1`.execute(db);
    const big = make('x'.repeat(2 ** 20));
    const results = await Promise.allSettled([queue.write(make('a')), queue.write(big)]);
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage-full' } });
    }
    await sql`pragma max_page_count = 100000`.execute(db);
    await queue.write(make('b'));
    expect(await queue.read(names)).toEqual(['public', 'b']);
  });

  it('answers nobody with success when the commit fails', async () => {
    const { db, asked } = await openNoting();
    const queue = createWriteQueue(db, sqlite, roll);
    const defer = async ({ db: tx }: On) => {
      await sql`create table child (pool integer references pool (id) deferrable initially deferred)`.execute(
        tx,
      );
    };
    await queue.write(defer);
    const orphan = async ({ db: tx }: On) => {
      await sql`insert into child values (999)`.execute(tx);
    };
    await sql`pragma foreign_keys = on`.execute(db);
    const results = await Promise.allSettled([queue.write(make('a')), queue.write(orphan)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked.at(-1)).toBe('rollback');
    expect(await queue.read(names)).toEqual(['public']);
  });

  it('shows nobody what is not committed', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = createWriteQueue(await open(), sqlite, roll);
    const { promise: halfWay, resolve: reached } = Promise.withResolvers<void>();
    const { promise: gate, resolve: goOn } = Promise.withResolvers<void>();
    const writing = queue.write(async (tx) => {
      await make('a')(tx);
      reached();
      await gate;
    });
    await halfWay;
    expect(await other.read(names)).toEqual(['public']);
    let answered = false;
    const reading = queue.read(names).finally(() => {
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
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = createWriteQueue(await open(), sqlite, roll);
    const seen = await queue.read(async (tx) => {
      const before = await names(tx);
      await other.write(make('a'));
      return [before, await names(tx)];
    });
    expect(seen).toEqual([['public'], ['public']]);
    expect(await queue.read(names)).toEqual(['public', 'a']);
  });

  it('waits for a writer on another connection without blocking the process', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = await open();
    await sql`begin immediate`.execute(other);
    const writing = queue.write(make('a'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sql`commit`.execute(other);
    expect(await writing).toBe('a');
  });

  it('gives up when another writer never ends', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = await open();
    await sql`begin immediate`.execute(other);
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      time += 3000;
      return time;
    });
    await expect(queue.write(make('a'))).rejects.toMatchObject({ code: 'storage-failing' });
    await sql`rollback`.execute(other);
    expect(await queue.write(make('b'))).toBe('b');
  });

  it('waits in idle for all that was asked for', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    let answered = 0;
    for (let n = 0; n < 10; n += 1) {
      queue.write(make(`pool ${n}`)).then(
        () => {
          answered += 1;
        },
        () => {},
      );
    }
    await queue.idle();
    await Promise.resolve();
    expect(answered).toBe(10);
    await queue.idle();
  });

  it('writes nothing more after the storage failed, until it is opened anew', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    await expect(queue.write(make('a'))).rejects.toMatchObject({ code: 'storage-failing' });
    fail(undefined);
    await expect(queue.write(make('b'))).rejects.toMatchObject({ code: 'storage-failing' });
    await expect(queue.check()).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await queue.read(names)).toEqual(['public']);
  });

  it('writes nothing more for who asks as soon as the storage failed, or waited meanwhile', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    let waiting: Promise<unknown> | undefined;
    const first = queue.write(async (tx) => {
      await make('a')(tx);
      waiting = queue.write(make('b')).catch((error: unknown) => error);
    });
    const again = first.catch(() => {
      fail(undefined);
      return queue.write(names);
    });
    await expect(again).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await waiting).toMatchObject({ code: 'storage-failing' });
    expect(await queue.read(names)).toEqual(['public']);
  });

  it('writes nothing more either after it failed for one of those who had to try by themselves', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    const results = await Promise.allSettled([
      queue.write(failing('a', new Error('refused'))),
      queue.write(make('b')),
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'storage-failing' } });
    await queue.idle();
    fail(undefined);
    await expect(queue.check()).rejects.toMatchObject({ code: 'storage-failing' });
  });

  it('tells those who read when they fail by themselves too', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_FULL');
    const results = await Promise.allSettled([queue.write(make('a')), queue.read(names)]);
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage-full' } });
    }
  });

  it('goes on when a full disk has room again', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_FULL');
    await expect(queue.write(make('a'))).rejects.toMatchObject({ code: 'storage-full' });
    fail(undefined);
    await queue.check();
    expect(await queue.write(make('b'))).toBe('b');
  });
});

/** SQLite, with transactions that are exclusive only when asked for, as on PostgreSQL. */
const sharing = { ...sqlite, isAlwaysExclusive: false };

describe('a verb that needs an exclusive transaction', () => {
  it('runs again in one, and only the verb that asked for it', async () => {
    const queue = createWriteQueue(await open(), sharing, roll);
    const seen: [name: string, isExclusive: boolean][] = [];
    const verb = (name: string, isChoosy: boolean) => async (tx: Tx) => {
      seen.push([name, tx.isExclusive]);
      if (isChoosy && !tx.isExclusive) throw new NeedsExclusive();
      return make(name)(tx);
    };
    const answers = await Promise.all([
      queue.write(verb('a', true), { isolation: 'shared' }),
      queue.write(verb('b', false), { isolation: 'shared' }),
    ]);
    expect(answers).toEqual(['a', 'b']);
    expect(seen).toEqual([
      ['a', false],
      ['b', false],
      ['a', true],
    ]);
  });

  it('runs again when it is one item of a batch', async () => {
    const queue = createWriteQueue(await open(), sharing, roll);
    const both = async ({ isExclusive }: Tx, items: readonly number[]) =>
      items.map((item) =>
        item === 2 && !isExclusive
          ? { error: new NeedsExclusive() }
          : { value: [item, isExclusive] },
      );
    const ask = (item: number) => queue.writeTogether(both, item, { isolation: 'shared' });
    expect(await Promise.all([ask(1), ask(2)])).toEqual([
      [1, false],
      [2, true],
    ]);
  });
});

/** A write queue whose commits fail with a given code. */
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
  return { queue: createWriteQueue(db, sqlite, roll), fail };
}
