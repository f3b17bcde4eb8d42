/**
 * Small gifts side by side in one SQLite file. A file of its own costs three syncs and a name that is made and unmade; here all
 * that come in one turn of the event loop share one commit and one sync, rows that go leave no trace in a folder, and what a broken
 * give left behind was never there. A synced commit takes the place of R1's order of temporary name, sync, rename and sync.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Problem } from '../../contract/problems/problem.ts';
import {
  type Database,
  integrityErrors,
  retryBusy,
  sqliteCodeOf,
  sqliteFaultOf,
} from '../../platform/sqlite.ts';
import { createDiskHealth, type DiskHealth } from '../disk/disk-health.ts';
import { errno, diskProblem as problemOfDisk } from '../disk/errors.ts';
import { shardNames } from '../disk/folders.ts';
import { KeyExists } from '../keys.ts';
import type { StoredFile } from '../vault.ts';

export interface SmallFileStore {
  /** Keeps bytes durably. Throws `KeyUsed`, and `Problem` `storage-full` or `storage-failing`. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a key, or undefined when they are not here. Throws the engine's error. */
  get(key: string): Uint8Array | undefined;
  has(key: string): boolean;
  /** Forgets bytes; a power cut may bring them back, which the sweep settles. Throws a `Problem`. */
  remove(key: string): Promise<void>;
  /** The keys that begin with these two hex digits. */
  shard(shard: string): ReadonlyMap<string, StoredFile>;
  /** Gives room that is not used back to the disk, a step at a time. */
  shrink(): Promise<void>;
  /** What SQLite finds wrong with the file, as sentences; it reads all of it. */
  integrity(): Promise<readonly string[]>;
  /** Proves that bytes can be kept; throws a `Problem`. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Makes the tables of a new file; pages so large that a few KiB fit into one with its key. */
export function createSmallFileStore(database: Database): void {
  // A commit is in the log then, and brought to the disk by us; SQLite still syncs what it carries over from there.
  database.pragma('synchronous = NORMAL');
  database.pragma('cache_size = -2000');
  // Sixteen MiB of log before it is carried over.
  database.pragma('wal_autocheckpoint = 1024');
  database.exec(
    'create table if not exists small (id integer primary key, key text not null unique, kept_at integer not null, bytes blob not null)',
  );
  // Of a process that died while it proved that it can keep bytes.
  database.exec(`delete from small where key >= '${probeName}' and key < '${probeName}~'`);
}

/** How a file that holds nothing yet is laid out; to be said before anything else is asked of it. */
export function initSmallFileStore(database: Database): void {
  database.pragma('page_size = 16384');
  database.pragma('auto_vacuum = INCREMENTAL');
}

/** What the keys of no gifts begin with. */
const probeName = 'probe.';

/** What waits for the next commit. `lasting`: it has to be synced. */
interface Waiting {
  readonly act: () => void;
  readonly lasting: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** No more share a commit: what is asked meanwhile waits for all of it. */
const largestBatch = 128;

/** Of so many unused pages none is given back: the next gifts need them again. So many go at a time. */
const sparePages = 1_024;
const stepPages = 64;

/** Opens the small gifts that lie in a database; `trust` may be that of several processes. */
export function openSmallFileStore(
  database: Database,
  trust: DiskHealth = createDiskHealth(),
): SmallFileStore {
  const ask = statements(database);
  let line: Waiting[] = [];
  let isBusy = false;

  const log = openLog(database);

  const run = async (batch: readonly Waiting[]) => {
    trust.assertHealthy();
    await retryBusy(() => ask.begin.run());
    const refused = new Map<Waiting, unknown>();
    try {
      for (const waiting of batch) {
        try {
          waiting.act();
        } catch (error) {
          if (!(error instanceof KeyExists)) throw error;
          refused.set(waiting, error);
        }
      }
      ask.commit.run();
    } catch (error) {
      if (database.inTransaction) ask.rollback.run();
      throw error;
    }
    if (batch.some(({ lasting }) => lasting)) await log.sync();
    for (const waiting of batch) {
      if (refused.has(waiting)) waiting.reject(refused.get(waiting));
      else waiting.resolve();
    }
  };

  const drain = async () => {
    for (; line.length > 0; await nextTurn()) {
      const batch = line.slice(0, largestBatch);
      line = line.slice(largestBatch);
      try {
        await run(batch);
      } catch (error) {
        if (sqliteFaultOf(error) === 'broken' || errno(error) === 'EIO') trust.markFailed(error);
        for (const waiting of batch) waiting.reject(problemOf(error));
      }
    }
    isBusy = false;
  };

  const join = (act: () => void, lasting: boolean) =>
    new Promise<void>((resolve, reject) => {
      line.push({ act, lasting, resolve, reject });
      if (isBusy) return;
      isBusy = true;
      void nextTurn().then(drain);
    });

  const put = (key: string, bytes: Uint8Array) => join(() => insert(ask.put, key, bytes), true);
  const remove = (key: string) => join(() => void ask.remove.run(key), false);
  return {
    put,
    remove,
    get: (key) => ask.get.get(key) as Uint8Array | undefined,
    has: (key) => ask.has.get(key) !== undefined,
    shard: (shard) => {
      const rows = ask.shard.all(shard, after(shard)) as [string, number, number][];
      return new Map(rows.map(([key, storedAt, size]) => [key, { storedAt, size }]));
    },
    shrink: async () => {
      const unused = () => database.pragma('freelist_count', { simple: true }) as number;
      for (let left = unused(), before = Number.POSITIVE_INFINITY; left > sparePages; ) {
        // A file that was laid out otherwise gives nothing back.
        if (left >= before) return;
        before = left;
        await join(() => void database.pragma(`incremental_vacuum(${stepPages})`), false);
        left = unused();
      }
    },
    integrity: async () => {
      const damage = await integrityErrors((pragma) => database.pragma(pragma) as unknown[]);
      return damage.map((sentence) => `small.db: ${sentence}`);
    },
    check: async () => {
      const probe = `${probeName}${randomBytes(8).toString('hex')}`;
      await put(probe, Buffer.from('Can bytes be kept?\n'));
      await remove(probe);
    },
    close: async () => {
      await log.close();
      database.close();
    },
  };
}

/**
 * The log that commits are appended to (SQLite's `-wal` file). SQLite would sync it while the whole process waits; this
 * way the others go on meanwhile. The file stays the same for as long as the database is open, and nothing locks it.
 */
function openLog({ name }: Database) {
  let file: Promise<FileHandle> | undefined;
  return {
    /** Resolves when every commit up to now would survive a power cut. */
    sync: async () => {
      file ??= open(`${name}-wal`, 'r').catch((error) => {
        file = undefined;
        throw error;
      });
      await (await file).datasync(); // mutant: small-files-unsynced
    },
    close: async () => {
      await (await file?.catch(() => undefined))?.close();
    },
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function statements(database: Database) {
  const prepare = (text: string) => database.prepare<unknown[]>(text);
  return {
    begin: prepare('begin immediate'),
    commit: prepare('commit'),
    rollback: prepare('rollback'),
    put: prepare('insert into small (key, kept_at, bytes) values (?, ?, ?)'),
    get: prepare('select bytes from small where key = ?').pluck(),
    has: prepare('select 1 from small where key = ?'),
    remove: prepare('delete from small where key = ?'),
    shard: prepare(
      'select key, kept_at, length(bytes) from small where key >= ? and key < ? order by key',
    ).raw(),
  };
}

function insert(
  statement: ReturnType<typeof statements>['put'],
  key: string,
  bytes: Uint8Array,
): void {
  try {
    statement.run(key, Date.now(), bytes);
  } catch (error) {
    throw sqliteCodeOf(error).startsWith('SQLITE_CONSTRAINT') ? new KeyExists() : error;
  }
}

/** What comes behind all keys of a shard; `g` follows the last hex digit. */
const after = (shard: string): string => shardNames[shardNames.indexOf(shard) + 1] ?? 'g';

function problemOf(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const fault = sqliteFaultOf(error);
  if (fault === undefined) return errno(error) === undefined ? error : problemOfDisk(error);
  return new Problem(fault === 'full' ? 'storage-full' : 'storage-failing', { cause: error });
}
