import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Tables } from '../schema/tables.ts';
import { logQueries } from '../testing/query-log.ts';
import type { BatchVerb } from './batch.ts';
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

/** The same file through a connection that records its queryLog. */
async function openLogged() {
  await open();
  const logged = logQueries(path);
  opened.push(logged.db);
  return logged;
}

type WithDb = Pick<Tx, 'db'>;

const insertPool =
  (name: string) =>
  async ({ db }: WithDb) => {
    await db.insertInto('pool').values({ name }).execute();
    return name;
  };

const names = async ({ db }: WithDb) =>
  (await db.selectFrom('pool').select('name').where('overflow_of', 'is', null).orderBy('id').execute()).map(
    ({ name }) => name,
  );

const failing = (name: string, error: unknown) => async (tx: WithDb) => {
  await insertPool(name)(tx);
  throw error;
};

const storageError = (code: string) => Object.assign(new Error(code), { code });

describe('a write queue', () => {
  it('answers each verb’s own result', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    expect(await Promise.all([queue.write(insertPool('a')), queue.read(names), queue.write(insertPool('b'))])).toEqual([
      'a',
      ['public', 'a'],
      'b',
    ]);
  });

  it('commits all verbs of one turn together', async () => {
    const { db, queryLog } = await openLogged();
    const queue = createWriteQueue(db, sqlite, roll);
    await Promise.all(Array.from({ length: 50 }, (_, n) => queue.write(insertPool(`pool ${n}`))));
    expect(queryLog.filter((query) => query === 'begin immediate')).toHaveLength(1);
    expect(queryLog.filter((query) => query === 'commit')).toHaveLength(1);
  });

  it('runs verbs of one batch in their order, and items of one call with the first of them', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const order: string[] = [];
    const together: BatchVerb<string, undefined> = async (_, items) => {
      order.push(items.join('+'));
      return items.map(() => ({ value: undefined }));
    };
    const single = async () => void order.push('single');
    await Promise.all([
      queue.writeTogether(together, 'first'),
      queue.write(single),
      queue.writeTogether(together, 'second'),
    ]);
    expect(order).toEqual(['first+second', 'single']);
  });

  it('accepts more verbs at once than fit in one batch', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    await Promise.all(Array.from({ length: 600 }, (_, n) => queue.write(insertPool(`pool ${n}`))));
    expect(await queue.read(names)).toHaveLength(601);
  });

  it('rolls back only the verb that throws', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const rejection = new Error('refused');
    const results = await Promise.allSettled([
      queue.write(insertPool('a')),
      queue.write(failing('b', rejection)),
      queue.write(insertPool('c')),
      queue.write(insertPool('a')),
      queue.read(() => Promise.reject(rejection)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected']);
    expect(results[1]).toMatchObject({ reason: rejection });
    expect(results[3]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_UNIQUE' } });
    expect(await queue.read(names)).toEqual(['public', 'a', 'c']);
    expect(await names({ db: await open() })).toEqual(['public', 'a', 'c']);
  });

  for (const [code, problem] of [
    ['SQLITE_FULL', 'storage-full'],
    ['SQLITE_IOERR_FSYNC', 'storage-failing'],
  ] as const) {
    it(`fails every write and no read when the storage fails with ${code}`, async () => {
      const queue = createWriteQueue(await open(), sqlite, roll);
      const reading = [queue.read(names), queue.read(names)];
      const results = await Promise.allSettled([
        queue.write(insertPool('a')),
        queue.write(failing('b', storageError(code))),
        queue.write(insertPool('c')),
      ]);
      for (const result of results) expect(result).toMatchObject({ reason: { code: problem } });
      expect(await Promise.all(reading)).toEqual([['public'], ['public']]);
      expect(await queue.read(names)).toEqual(['public']);
      expect(await names({ db: await open() })).toEqual(['public']);
    });
  }

  it('fails every write of a batch when the file cannot grow', async () => {
    const db = await open();
    const queue = createWriteQueue(db, sqlite, roll);
    await sql`pragma max_page_count = 1`.execute(db);
    const big = insertPool('x'.repeat(2 ** 20));
    const results = await Promise.allSettled([queue.write(insertPool('a')), queue.write(big)]);
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage-full' } });
    }
    await sql`pragma max_page_count = 100000`.execute(db);
    await queue.write(insertPool('b'));
    expect(await queue.read(names)).toEqual(['public', 'b']);
  });

  it('fails every write of a batch when the commit fails', async () => {
    const { db, queryLog } = await openLogged();
    const queue = createWriteQueue(db, sqlite, roll);
    const createChild = async ({ db: tx }: WithDb) => {
      await sql`create table child (pool integer references pool (id) deferrable initially deferred)`.execute(tx);
    };
    await queue.write(createChild);
    const orphan = async ({ db: tx }: WithDb) => {
      await sql`insert into child values (999)`.execute(tx);
    };
    await sql`pragma foreign_keys = on`.execute(db);
    const results = await Promise.allSettled([queue.write(insertPool('a')), queue.write(orphan)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(queryLog.at(-1)).toBe('rollback');
    expect(await queue.read(names)).toEqual(['public']);
  });

  it('hides uncommitted writes from every reader', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = createWriteQueue(await open(), sqlite, roll);
    const { promise: halfWay, resolve: reached } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const writing = queue.write(async (tx) => {
      await insertPool('a')(tx);
      reached();
      await released;
    });
    await halfWay;
    expect(await other.read(names)).toEqual(['public']);
    let answered = false;
    const reading = queue.read(names).finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).toBe(false);
    release();
    await writing;
    expect(await reading).toEqual(['public', 'a']);
    expect(await other.read(names)).toEqual(['public', 'a']);
  });

  it('gives a reading verb one snapshot while other connections commit', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = createWriteQueue(await open(), sqlite, roll);
    const seen = await queue.read(async (tx) => {
      const before = await names(tx);
      await other.write(insertPool('a'));
      return [before, await names(tx)];
    });
    expect(seen).toEqual([['public'], ['public']]);
    expect(await queue.read(names)).toEqual(['public', 'a']);
  });

  it('waits for a writer on another connection without blocking the process', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = await open();
    await sql`begin immediate`.execute(other);
    const writing = queue.write(insertPool('a'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sql`commit`.execute(other);
    expect(await writing).toBe('a');
  });

  it('fails a write when another writer never commits', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    const other = await open();
    await sql`begin immediate`.execute(other);
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      time += 3000;
      return time;
    });
    await expect(queue.write(insertPool('a'))).rejects.toMatchObject({ code: 'storage-failing' });
    await sql`rollback`.execute(other);
    expect(await queue.write(insertPool('b'))).toBe('b');
  });

  it('is idle only when every verb has its result', async () => {
    const queue = createWriteQueue(await open(), sqlite, roll);
    let answered = 0;
    for (let n = 0; n < 10; n += 1) {
      queue.write(insertPool(`pool ${n}`)).then(
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

  it('rejects all writes after the storage fails, until it is opened again', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    await expect(queue.write(insertPool('a'))).rejects.toMatchObject({ code: 'storage-failing' });
    fail(undefined);
    await expect(queue.write(insertPool('b'))).rejects.toMatchObject({ code: 'storage-failing' });
    await expect(queue.check()).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await queue.read(names)).toEqual(['public']);
  });

  it('rejects writes that are queued while the storage fails', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    let waiting: Promise<unknown> | undefined;
    const first = queue.write(async (tx) => {
      await insertPool('a')(tx);
      waiting = queue.write(insertPool('b')).catch((error: unknown) => error);
    });
    const again = first.catch(() => {
      fail(undefined);
      return queue.write(names);
    });
    await expect(again).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await waiting).toMatchObject({ code: 'storage-failing' });
    expect(await queue.read(names)).toEqual(['public']);
  });

  it('rejects all writes after the storage fails for one verb of a batch that runs again alone', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_IOERR_FSYNC');
    const results = await Promise.allSettled([
      queue.write(failing('a', new Error('refused'))),
      queue.write(insertPool('b')),
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'storage-failing' } });
    await queue.idle();
    fail(undefined);
    await expect(queue.check()).rejects.toMatchObject({ code: 'storage-failing' });
  });

  it('fails a read whose own commit fails', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_FULL');
    const results = await Promise.allSettled([queue.write(insertPool('a')), queue.read(names)]);
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage-full' } });
    }
  });

  it('resumes writing when a full disk has room again', async () => {
    const { queue, fail } = await openFailing();
    fail('SQLITE_FULL');
    await expect(queue.write(insertPool('a'))).rejects.toMatchObject({ code: 'storage-full' });
    fail(undefined);
    await queue.check();
    expect(await queue.write(insertPool('b'))).toBe('b');
  });
});

/** SQLite with transactions that are exclusive only on request, as on PostgreSQL. */
const sharing = { ...sqlite, isAlwaysExclusive: false };

describe('a verb that needs an exclusive transaction', () => {
  it('runs again in an exclusive transaction, without the other verbs of its batch', async () => {
    const queue = createWriteQueue(await open(), sharing, roll);
    const seen: [name: string, isExclusive: boolean][] = [];
    const verb = (name: string, needsExclusive: boolean) => async (tx: Tx) => {
      seen.push([name, tx.isExclusive]);
      if (needsExclusive && !tx.isExclusive) throw new NeedsIsolation('exclusive');
      return insertPool(name)(tx);
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

  it('runs again when it throws for one item of a batch', async () => {
    const queue = createWriteQueue(await open(), sharing, roll);
    const both = async ({ isExclusive }: Tx, items: readonly number[]) =>
      items.map((item) =>
        item === 2 && !isExclusive ? { error: new NeedsIsolation('exclusive') } : { value: [item, isExclusive] },
      );
    const write = (item: number) => queue.writeTogether(both, item, { isolation: 'shared' });
    expect(await Promise.all([write(1), write(2)])).toEqual([
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
