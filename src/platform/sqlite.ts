/** The one way to open an SQLite file so that an acknowledged commit survives a power cut; for the ledger and for the vault. */
import Connection, { type Database } from 'better-sqlite3';

export type { Database };

/** The first version whose WAL has no known way to lose or corrupt a commit (R2). */
const minSqliteVersion = '3.51.3';

/**
 * What an error of SQLite means. `broken`: after a failed sync the next one may succeed without being true, so that nothing may
 * be written until a restart (R6); `full`: there is no room; `away`: it does not work at the moment.
 */
export type SqliteFault = 'broken' | 'full' | 'away';

const faults: readonly (readonly [RegExp, SqliteFault])[] = [
  [/^SQLITE_(?:IOERR|CORRUPT)/, 'broken'],
  [/^SQLITE_FULL/, 'full'],
  [/^SQLITE_(?:READONLY|CANTOPEN|NOMEM|BUSY)/, 'away'],
];

/** SQLite's name of an error, such as `SQLITE_BUSY`; empty for what is none of its errors. */
export const sqliteCodeOf = (error: unknown): string =>
  String((error as { code?: unknown } | null)?.code ?? '');

/** What an error means; undefined for what is none of the storage's. */
export const sqliteFaultOf = (error: unknown): SqliteFault | undefined =>
  faults.find(([codes]) => codes.test(sqliteCodeOf(error)))?.[1];

export const isBusy = (error: unknown): boolean => sqliteCodeOf(error).startsWith('SQLITE_BUSY');

/**
 * Opens or makes the file; `layOut` says how a new one is laid out, before anything is in it. Throws a sentence when the
 * engine would not keep promise P1.
 */
export function openDurable(
  path: string,
  layOut: (database: Database) => void = () => undefined,
): Database {
  const database = new Connection(path, { timeout: 0 });
  try {
    layOut(database);
    enableDurability(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens the file if there is one, and makes nothing. */
export function openExisting(path: string, mayWrite: boolean): Database | undefined {
  try {
    return new Connection(path, { readonly: !mayWrite, fileMustExist: true, timeout: 5_000 });
  } catch (error) {
    // The driver's own word for a folder that is not there has no code.
    if (error instanceof TypeError || sqliteCodeOf(error).startsWith('SQLITE_CANTOPEN'))
      return undefined;
    throw error;
  }
}

/**
 * Makes every commit durable, and reads back that it is so. Throws a sentence for an old SQLite, a journal other than WAL, or
 * a sync mode other than FULL.
 */
export function enableDurability(database: Database): void {
  // Another process may be closing it: the last one tidies up, and for that moment nobody may look.
  database.pragma('busy_timeout = 5000');
  database.pragma('journal_mode = WAL');
  // The driver's default in WAL is NORMAL, which loses acknowledged commits in a power cut.
  database.pragma('synchronous = FULL'); // mutant: sync-normal
  const version = String(database.prepare('select sqlite_version()').pluck().get());
  if (older(version, minSqliteVersion))
    throw new Error(`SQLite is ${version}; ${minSqliteVersion} is the oldest that is safe`);
  const journal = database.pragma('journal_mode', { simple: true });
  if (journal !== 'wal')
    throw new Error(
      `SQLite's journal mode is "${journal}", not WAL, so commits would not be durable`,
    );
  const synchronous = database.pragma('synchronous', { simple: true }); // mutant: sync-normal-accepted
  if (synchronous !== 2)
    throw new Error(
      `SQLite's synchronous is ${synchronous}, not FULL, so commits would not be durable`,
    );
}

function older(version: string, floor: string): boolean {
  return version.localeCompare(floor, 'en', { numeric: true }) < 0;
}

/** What SQLite finds wrong with a file, as sentences, of which it says 20 at most; `ask` asks the file. */
export async function integrityErrors(
  ask: (pragma: string) => unknown[] | Promise<unknown[]>,
): Promise<readonly string[]> {
  const rows = (await ask('integrity_check(20)')) as { integrity_check: string }[];
  return rows.map((row) => row.integrity_check).filter((sentence) => sentence !== 'ok');
}

/** Another process may hold the write lock; it is asked for again this often and this long, in milliseconds. */
const busyPause = 1;
const maxBusyWait = 10_000;

/**
 * Does something that another process may be in the way of, as soon as it is not. The wait is ours and not SQLite's,
 * because SQLite's would block the event loop.
 */
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
