/** The embedded engine: one SQLite file, opened so that an acknowledged commit survives a power cut. */
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';
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
    const db = new Kysely<Tables>({
      dialect: new SqliteDialect({ database: remembering(database) }),
    });
    await migrate(db);
    database.pragma('busy_timeout = 0');
    return db;
  } catch (error) {
    database.close();
    throw error;
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

async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error(String(error));
}
