/** Opens SQLite files so that a committed transaction survives a power cut; for the ledger and the vault. */
import { statSync } from 'node:fs';
import Connection, { type Database } from 'better-sqlite3';
import { assertDatabaseFile, DatabaseFileError, describeDamage, prepareDatabaseFile } from './database-file.ts';

export type { Database };

/** The first version without a known WAL fault that loses or corrupts a commit (R2). */
const minSqliteVersion = '3.51.3';

/**
 * The kinds of SQLite's errors. `full`: no space; `away`: unavailable; `broken`: an fsync failed, and the next may succeed
 * although data is lost (fsyncgate, R6).
 */
type SqliteFault = 'broken' | 'full' | 'away';

const faults: readonly (readonly [RegExp, SqliteFault])[] = [
  [/^(?:SQLITE_(?:IOERR|CORRUPT|NOTADB)|FILE_REPLACED)/, 'broken'],
  [/^SQLITE_FULL/, 'full'],
  [/^SQLITE_(?:READONLY|CANTOPEN|NOMEM|BUSY)/, 'away'],
];

/** SQLite's code of an error, such as `SQLITE_BUSY`; empty for any other error. */
export const sqliteCodeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

/** The kind of an error; undefined for one that is not the storage's. */
export const sqliteFaultOf = (error: unknown): SqliteFault | undefined =>
  faults.find(([codes]) => codes.test(sqliteCodeOf(error)))?.[1];

const isBusy = (error: unknown): boolean => sqliteCodeOf(error).startsWith('SQLITE_BUSY');

/**
 * Opens or creates the file; `layOut` sets the layout of a new one. Throws a sentence for a file that cannot be used, and when the
 * engine would not keep promise P1.
 */
export function openDurable(path: string, layOut: (database: Database) => void = () => undefined): Database {
  prepareDatabaseFile(path);
  return connectTo(path, { timeout: 0 }, (database) => {
    layOut(database);
    enableDurability(database);
    assertSound(database);
  });
}

/** Opens the file if it exists. Throws a sentence for one that cannot be used. */
export function openExisting(path: string, mayWrite: boolean): Database | undefined {
  if (!assertDatabaseFile(path, mayWrite)) return undefined;
  // Reads the header, so that a file that is no database is named.
  return connectTo(path, { readonly: !mayWrite, fileMustExist: true, timeout: 5_000 }, (database) => {
    database.pragma('schema_version');
  });
}

function connectTo(path: string, options: Connection.Options, begin: (database: Database) => void): Database {
  let database: Database | undefined;
  try {
    database = new Connection(path, options);
    begin(database);
    return database;
  } catch (error) {
    database?.close();
    const damage = describeDamage(path, error as Error);
    throw damage === undefined ? error : new DatabaseFileError(damage, { cause: error });
  }
}

/** The largest file whose structure is checked at each start, in bytes; the doctor checks any. */
const maxCheckedAtStart = 64 * 1024 * 1024;

/** Throws for a file that ends too early, and for a broken structure of one that is not too large to read. */
function assertSound(database: Database): void {
  if (statSync(database.name).size > maxCheckedAtStart) return;
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw Object.assign(new Error(String(found)), { code: 'SQLITE_CORRUPT' });
}

/** Makes commits durable and reads the setting back. Throws a sentence for an old SQLite, a journal mode other than WAL, or a sync mode other than FULL. */
export function enableDurability(database: Database): void {
  // Another process may be closing the file: the last one checkpoints it under an exclusive lock.
  database.pragma('busy_timeout = 5000');
  database.pragma('journal_mode = WAL');
  // The driver's default in WAL is NORMAL, which loses acknowledged commits in a power cut.
  database.pragma('synchronous = FULL'); // mutant: sync-normal
  const version = String(database.prepare('select sqlite_version()').pluck().get());
  if (older(version, minSqliteVersion))
    throw new Error(`SQLite is ${version}; ${minSqliteVersion} is the oldest that is safe`);
  const journal = database.pragma('journal_mode', { simple: true });
  if (journal !== 'wal')
    throw new Error(`SQLite's journal mode is "${journal}", not WAL, so commits would not be durable`);
  const synchronous = database.pragma('synchronous', { simple: true }); // mutant: sync-normal-accepted
  if (synchronous !== 2)
    throw new Error(`SQLite's synchronous is ${synchronous}, not FULL, so commits would not be durable`);
}

function older(version: string, floor: string): boolean {
  return version.localeCompare(floor, 'en', { numeric: true }) < 0;
}

/** The errors that SQLite's integrity check finds, 20 at most, as sentences; `ask` runs a pragma. */
export async function integrityErrors(
  ask: (pragma: string) => unknown[] | Promise<unknown[]>,
): Promise<readonly string[]> {
  const rows = (await ask('integrity_check(20)')) as { integrity_check: string }[];
  return rows.map((row) => row.integrity_check).filter((sentence) => sentence !== 'ok');
}

/** The pause between attempts to get the write lock, and the longest wait for it, in milliseconds. */
const busyPause = 1;
const maxBusyWait = 10_000;

/** Retries work while another process holds the lock. SQLite's own busy timeout would block the event loop. */
export async function retryBusy<T>(work: () => T | Promise<T>): Promise<T> {
  const giveUp = performance.now() + maxBusyWait;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUp) throw error;
      await new Promise((resolve) => setTimeout(resolve, busyPause));
    }
  }
}
