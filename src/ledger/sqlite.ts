/** The embedded engine: one SQLite file, opened so that an acknowledged commit survives a power cut. */
import Database from 'better-sqlite3';
import { Kysely, type Logger, SqliteDialect, SqliteQueryCompiler, sql } from 'kysely';
import type { Engine, Fault } from './engine.ts';
import { bringUpToDate, hasTables } from './migrate.ts';
import { migrationsFor } from './migrations.ts';
import type { Tables } from './tables.ts';

/** The first version whose WAL has no known way to lose or corrupt a commit (R2). */
const oldestSqlite = '3.51.3';

/**
 * Opens or makes the database file and brings its tables up to date. Throws a sentence when the engine cannot keep
 * promise P1: an old SQLite, a journal other than WAL, a sync mode other than FULL.
 */
export async function openSqlite(path: string): Promise<Kysely<Tables>> {
  const database = new Database(path, { timeout: 0 });
  try {
    prepare(database);
    const db = speak(database);
    await bringUpToDate(db, migrationsFor(sqlite.types));
    database.pragma('busy_timeout = 0');
    return db;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens the database in a file, if there is one, and makes nothing. Who may not write may look while a service is at work.
 * Throws a sentence when its tables are of another version, or it is no database.
 */
export async function findSqlite(
  path: string,
  mayWrite: boolean,
): Promise<Kysely<Tables> | undefined> {
  const database = openFound(path, mayWrite);
  if (!database) return undefined;
  try {
    // Reads the file's head, and says so when it is none.
    database.pragma('schema_version');
    if (mayWrite) prepare(database);
    const db = speak(database);
    if (await hasTables(db, migrationsFor(sqlite.types))) return db;
    database.close();
    return undefined;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openFound(path: string, mayWrite: boolean): Database.Database | undefined {
  try {
    return new Database(path, { readonly: !mayWrite, fileMustExist: true, timeout: 5_000 });
  } catch (error) {
    // The driver's own word for a folder that is not there has no code.
    if (error instanceof TypeError || codeOf(error).startsWith('SQLITE_CANTOPEN')) return undefined;
    throw error;
  }
}

/** There is one writer at a time, so rows need no locks, and it has no words for them. */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(): void {}
}

class Dialect extends SqliteDialect {
  override createQueryCompiler(): SqliteQueryCompiler {
    return new Compiler();
  }
}

/** The ledger's queries over an open database. */
export function speak(database: Database.Database, log: Logger = () => undefined): Kysely<Tables> {
  // One connection, one stripe.
  database.function('rfx_stripe', () => 0);
  database.function('rfx_place', () => Math.floor(Math.random() * 2 ** 32));
  return new Kysely<Tables>({ dialect: new Dialect({ database: remembering(database) }), log });
}

/** Another process may hold the write lock; it is asked for again this often and this long, in milliseconds. */
const busyPause = 5;
const busyPatience = 10_000;

export const sqlite: Engine = {
  width: 1,
  isAlone: true,
  types: {
    id: 'integer',
    number: (column) => column.primaryKey().autoIncrement(),
    reference: 'integer',
    bytes: 'blob',
  },
  transact: async (db, turn, work) => {
    await (turn === 'read' ? sql`begin`.execute(db) : begin(db));
    try {
      const answer = await work(db);
      await sql`commit`.execute(db);
      return answer;
    } catch (error) {
      await sql`rollback`.execute(db).catch(() => undefined);
      throw error;
    }
  },
  mostTransactions: async () => 1,
  // Its own numbering looks at the highest by itself.
  renumber: async () => undefined,
  faultOf: (error) => faults.find(([codes]) => codes.test(codeOf(error)))?.[1],
  integrity: async (db) => {
    const { rows } = await sql<{
      integrity_check: string;
    }>`pragma integrity_check(20)`.execute(db);
    return rows.map((row) => row.integrity_check).filter((sentence) => sentence !== 'ok');
  },
  time: async () => Date.now(),
  check: async () => undefined,
};

/** After a failed fsync the next one may succeed without being true: nothing is written until a restart (R6). */
const faults: readonly (readonly [RegExp, Fault])[] = [
  [/^SQLITE_(?:IOERR|CORRUPT)/, 'broken'],
  [/^SQLITE_FULL/, 'full'],
  [/^SQLITE_(?:READONLY|CANTOPEN|NOMEM|BUSY)/, 'away'],
];

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code ?? '');

/**
 * Takes the write lock at once (`begin immediate`): a deferred transaction would take it at its first write and could
 * then fail half way. The wait is ours, not SQLite's, because SQLite's would block the event loop.
 */
async function begin(db: Kysely<Tables>): Promise<void> {
  const giveUp = performance.now() + busyPatience;
  for (;;) {
    try {
      await sql`begin immediate`.execute(db);
      return;
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || performance.now() > giveUp) throw error;
      await new Promise((resolve) => setTimeout(resolve, busyPause));
    }
  }
}

function prepare(database: Database.Database): void {
  // Migrations of two processes that start together wait for each other here; afterwards the lane does the waiting.
  database.pragma('busy_timeout = 5000');
  database.pragma('journal_mode = WAL');
  // The driver's default in WAL is NORMAL, which loses acknowledged commits in a power cut.
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -16000');
  const version = String(database.prepare('select sqlite_version()').pluck().get());
  if (older(version, oldestSqlite))
    throw new Error(`SQLite is ${version}; ${oldestSqlite} is the oldest that is safe`);
  const journal = database.pragma('journal_mode', { simple: true });
  if (journal !== 'wal')
    throw new Error(
      `SQLite's journal mode is "${journal}", not WAL, so commits would not be durable`,
    );
  const synchronous = database.pragma('synchronous', { simple: true });
  if (synchronous !== 2)
    throw new Error(
      `SQLite's synchronous is ${synchronous}, not FULL, so commits would not be durable`,
    );
}

function older(version: string, floor: string): boolean {
  return version.localeCompare(floor, 'en', { numeric: true }) < 0;
}

/** Keeps prepared statements: there are few queries, and each runs all the time. */
function remembering(database: Database.Database) {
  const statements = new Map<string, Database.Statement>();
  return {
    close: () => database.close(),
    prepare: (text: string) => {
      const known = statements.get(text);
      if (known) return known;
      const statement = database.prepare(text);
      if (statements.size >= 200) statements.clear();
      statements.set(text, statement);
      return statement;
    },
  } as ConstructorParameters<typeof SqliteDialect>[0]['database'] & object;
}
