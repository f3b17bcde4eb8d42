/**
 * Small files in one SQLite database: a put costs a share of a group commit instead of three fsyncs. The synced commit
 * replaces the order of R1.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Problem } from '../../contract/problems/problem.ts';
import { databaseFiles, watchFiles } from '../../platform/file-watch.ts';
import { createGroupCommit } from '../../platform/group-commit.ts';
import { type Database, integrityErrors, retryBusy, sqliteCodeOf, sqliteFaultOf } from '../../platform/sqlite.ts';
import { createDiskHealth, type DiskHealth } from '../disk/disk-health.ts';
import { diskProblem, errno } from '../disk/errors.ts';
import { shardNames } from '../disk/folders.ts';
import { KeyExists } from '../keys.ts';
import type { StoredFile } from '../vault.ts';

export interface SmallFileStore {
  /** Stores bytes durably. Throws `KeyExists`, and `Problem` `storage-full` or `storage-failing`. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined if the key is not in the store. Throws errors of SQLite. */
  get(key: string): Uint8Array | undefined;
  has(key: string): boolean;
  /** Not synced: a power cut may restore the bytes, and reconciliation removes them again. Throws a `Problem`. */
  remove(key: string): Promise<void>;
  /** The files whose keys begin with these two hex digits. */
  shard(shard: string): ReadonlyMap<string, StoredFile>;
  isEmpty(): boolean;
  /** The id of the vault that the store belongs to; undefined if it does not carry one. */
  id(): string | undefined;
  /** Replaces the id durably. Throws a `Problem`. */
  setId(id: string): Promise<void>;
  /** Releases unused pages to the file system in small steps. */
  shrink(): Promise<void>;
  /** Faults of the database file, as sentences. Reads all of it. */
  integrity(): Promise<readonly string[]>;
  /** Stores and removes a probe. Throws a `Problem`. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Sets the layout of a new database file; must run before any other statement. A page holds a few KiB and their key. */
export function initSmallFileStore(database: Database): void {
  database.pragma('page_size = 16384');
  database.pragma('auto_vacuum = INCREMENTAL');
}

/** Creates the table if it is missing. */
export function createSmallFileStore(database: Database): void {
  // SQLite syncs only at checkpoints; we sync the write-ahead log after each commit.
  database.pragma('synchronous = NORMAL');
  database.pragma('cache_size = -2000');
  // Checkpoint after 16 MiB.
  database.pragma('wal_autocheckpoint = 1024');
  database.exec(
    'create table if not exists small (id integer primary key, key text not null unique, kept_at integer not null, bytes blob not null)',
  );
  database.exec('create table if not exists vault (one integer primary key check (one = 1), id text not null)');
  // Probes of a process that died during a check.
  database.exec(`delete from small where key >= '${probePrefix}' and key < '${probePrefix}~'`);
}

/** No key of a gift begins like this. */
const probePrefix = 'probe.';

/** A change that waits for the next commit. */
interface QueuedChange {
  readonly apply: () => void;
  /** True if the commit must be synced. */
  readonly isDurable: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** Bounds the time that a change waits for a commit in progress. */
const maxBatchSize = 128;

/** Keep 1,024 free pages for the next gifts; release the rest 64 at a time. */
const sparePages = 1_024;
const vacuumPages = 64;

/** Opens the store in a database. Processes may share `health`. */
export function openSmallFileStore(database: Database, health: DiskHealth = createDiskHealth()): SmallFileStore {
  const sql = prepareStatements(database);
  const wal = openWal(database);
  const assertSameFiles = watchFiles(databaseFiles(database.name));
  const commits = createGroupCommit<QueuedChange>({
    next: (queue) => queue.slice(0, maxBatchSize),
    run: async (batch) => {
      try {
        health.assertHealthy();
        await commitBatch(
          database,
          sql,
          async () => {
            await wal.sync();
            assertSameFiles();
          },
          batch,
        );
      } catch (error) {
        if (sqliteFaultOf(error) === 'broken' || errno(error) === 'EIO') health.markFailed(error);
        for (const change of batch) change.reject(asProblem(error));
      }
    },
  });
  const commit = (apply: () => void, { isDurable }: Pick<QueuedChange, 'isDurable'>) =>
    new Promise<void>((resolve, reject) => {
      commits.add({ apply, isDurable, resolve, reject });
    });
  const put = (key: string, bytes: Uint8Array) => commit(() => insert(sql.put, key, bytes), { isDurable: true });
  const remove = (key: string) => commit(() => void sql.remove.run(key), { isDurable: false });
  const vacuum = () => commit(() => void database.pragma(`incremental_vacuum(${vacuumPages})`), { isDurable: false });
  return {
    put,
    remove,
    get: (key) => sql.get.get(key) as Uint8Array | undefined,
    has: (key) => sql.has.get(key) !== undefined,
    shard: (shard) => {
      const rows = sql.shard.all(shard, endOf(shard)) as [string, number, number][];
      return new Map(rows.map(([key, storedAt, size]) => [key, { storedAt, size }]));
    },
    isEmpty: () => sql.any.get() === undefined,
    id: () => findId(database),
    setId: (id) => commit(() => void database.prepare(replaceId).run(id), { isDurable: true }),
    shrink: () => shrink(database, vacuum),
    integrity: async () => {
      const damage = await integrityErrors((pragma) => database.pragma(pragma) as unknown[]);
      return damage.map((sentence) => `small.db: ${sentence}`);
    },
    check: async () => {
      const probe = `${probePrefix}${randomBytes(8).toString('hex')}`;
      await put(probe, Buffer.from('Can bytes be kept?\n'));
      await remove(probe);
    },
    close: async () => {
      await wal.close();
      database.close();
    },
  };
}

/** A store that cannot be opened: `fault` says why. */
export function unusableStore(fault: string): SmallFileStore {
  const fail = () => {
    throw new Error(fault);
  };
  const others = {
    get: fail,
    has: fail,
    shard: fail,
    isEmpty: fail,
    id: () => undefined,
    integrity: async () => [fault],
  };
  return { ...others, put: fail, remove: fail, setId: fail, shrink: fail, check: fail, close: async () => undefined };
}

/** Runs a batch in one transaction and settles its changes. An existing key rejects only its own change. */
async function commitBatch(
  database: Database,
  sql: Statements,
  sync: () => Promise<void>,
  batch: readonly QueuedChange[],
): Promise<void> {
  await retryBusy(() => sql.begin.run());
  const rejected = new Map<QueuedChange, KeyExists>();
  try {
    for (const change of batch) {
      try {
        change.apply();
      } catch (error) {
        if (!(error instanceof KeyExists)) throw error;
        rejected.set(change, error);
      }
    }
    sql.commit.run();
  } catch (error) {
    if (database.inTransaction) sql.rollback.run();
    throw error;
  }
  if (batch.some(({ isDurable }) => isDurable)) await sync();
  for (const change of batch) {
    const error = rejected.get(change);
    if (error) change.reject(error);
    else change.resolve();
  }
}

async function shrink(database: Database, vacuum: () => Promise<void>): Promise<void> {
  const countFreePages = () => database.pragma('freelist_count', { simple: true }) as number;
  let previous = Number.POSITIVE_INFINITY;
  for (let free = countFreePages(); free > sparePages; free = countFreePages()) {
    // A file without auto_vacuum releases nothing.
    if (free >= previous) return;
    previous = free;
    await vacuum();
  }
}

/**
 * SQLite's write-ahead log, synced on a thread of libuv; SQLite itself would block the process. The file stays the same
 * while the database is open. See https://www.sqlite.org/wal.html
 */
function openWal({ name }: Database) {
  let file: Promise<FileHandle> | undefined;
  return {
    /** Makes all commits so far durable. */
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

const replaceId = 'insert into vault (one, id) values (1, ?) on conflict (one) do update set id = excluded.id';

/** A store of an earlier version has no table for it. */
function findId(database: Database): string | undefined {
  const hasTable = database.prepare("select 1 from sqlite_master where type = 'table' and name = 'vault'").get();
  return hasTable ? (database.prepare('select id from vault').pluck().get() as string | undefined) : undefined;
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: Database) {
  const prepare = (text: string) => database.prepare<unknown[]>(text);
  return {
    begin: prepare('begin immediate'),
    commit: prepare('commit'),
    rollback: prepare('rollback'),
    put: prepare('insert into small (key, kept_at, bytes) values (?, ?, ?)'),
    get: prepare('select bytes from small where key = ?').pluck(),
    has: prepare('select 1 from small where key = ?'),
    any: prepare('select 1 from small limit 1'),
    remove: prepare('delete from small where key = ?'),
    shard: prepare('select key, kept_at, length(bytes) from small where key >= ? and key < ? order by key').raw(),
  };
}

function insert(statement: Statements['put'], key: string, bytes: Uint8Array): void {
  try {
    statement.run(key, Date.now(), bytes);
  } catch (error) {
    throw sqliteCodeOf(error).startsWith('SQLITE_CONSTRAINT') ? new KeyExists() : error;
  }
}

/** The upper bound of the keys of a shard; `g` follows the last hex digit. */
const endOf = (shard: string): string => shardNames[shardNames.indexOf(shard) + 1] ?? 'g';

function asProblem(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const fault = sqliteFaultOf(error);
  if (fault === undefined) return errno(error) === undefined ? error : diskProblem(error);
  return new Problem(fault === 'full' ? 'storage-full' : 'storage-failing', { cause: error });
}
