/** The embedded engine: one SQLite file, opened so that an acknowledged commit survives a power cut. */
import {
  type BinaryOperationNode,
  CompiledQuery,
  Kysely,
  type Logger,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { databaseFiles, watchFiles } from '../../platform/file-watch.ts';
import {
  type Database,
  enableDurability,
  integrityErrors,
  openDurable,
  openExisting,
  retryBusy,
  sqliteFaultOf,
} from '../../platform/sqlite.ts';
import { isMigrated, migrate } from '../schema/migrate.ts';
import { migrationsFor } from '../schema/migrations.ts';
import type { Tables } from '../schema/tables.ts';
import type { Engine } from './engine.ts';
import { listOf, listParameter } from './query-cache.ts';

/**
 * Opens or creates the database file and migrates it. Throws a sentence when the engine cannot keep promise P1: an old
 * SQLite, a journal other than WAL, a sync mode other than FULL.
 */
export async function openSqlite(path: string, erasesDeleted = false): Promise<Kysely<Tables>> {
  const database = openDurable(path);
  try {
    tune(database);
    // Overwrites deleted rows with zeros, the keys of files among them: https://www.sqlite.org/pragma.html#pragma_secure_delete
    if (erasesDeleted) database.pragma('secure_delete = ON');
    const db = createDatabase(database);
    await migrate(db, migrationsFor(sqlite.types));
    database.pragma('busy_timeout = 0');
    fileChecks.set(db, watchFiles(databaseFiles(path)));
    return db;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens the database in a file if there is one. With `mayWrite` false it can be read beside a running service. Throws a
 * sentence when it is no database, or of another version.
 */
export async function findSqlite(path: string, mayWrite: boolean): Promise<Kysely<Tables> | undefined> {
  const database = openExisting(path, mayWrite);
  if (!database) return undefined;
  try {
    if (mayWrite) {
      enableDurability(database);
      tune(database);
    }
    const db = createDatabase(database);
    if (await isMigrated(db, migrationsFor(sqlite.types))) return db;
    database.close();
    return undefined;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite has one writer at a time and no row locks. A list is one JSON parameter (https://sqlite.org/json1.html). */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(): void {}

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const list = listOf(node);
    if (!list) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    this.append(' in (select value from json_each(');
    this.appendValue(listParameter(list, JSON.stringify));
    this.append('))');
  }
}

/** SQLite undoes changes of tables with their transaction: https://sqlite.org/lang_transaction.html. Kysely does not rely on it. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Dialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new Adapter();
  }

  override createQueryCompiler(): SqliteQueryCompiler {
    return new Compiler();
  }
}

/** The ledger's queries over an open database. */
export function createDatabase(database: Database, log: Logger = () => undefined): Kysely<Tables> {
  // One connection, one stripe.
  database.function('rfx_stripe', () => 0);
  database.function('rfx_place', () => Math.floor(Math.random() * 2 ** 32));
  return new Kysely<Tables>({ dialect: new Dialect({ database: cacheStatements(database) }), log });
}

export const sqlite: Engine = {
  connections: 1,
  isAlwaysExclusive: true,
  types: {
    id: 'integer',
    number: (column) => column.primaryKey().autoIncrement(),
    reference: 'integer',
    bytes: 'blob',
    keyedByText: 'without rowid',
    forbidChanges: (table) =>
      ['update', 'delete'].map(
        (change) =>
          `create trigger ${table}_no_${change} before ${change} on ${table} begin select raise(abort, '${table} only grows'); end`,
      ),
  },
  // Acquired once: Kysely would acquire the one connection anew for each query.
  transaction: (db, isolation, work) =>
    db.connection().execute(async (tx) => {
      await (isolation === 'read' ? tx.executeQuery(beginDeferred) : retryBusy(() => tx.executeQuery(beginImmediate))); // mutant: no-transaction
      try {
        const answer = await work(tx);
        await tx.executeQuery(commit); // mutant: no-transaction-commit
        // A commit into a deleted file must not be acknowledged.
        if (isolation !== 'read') fileChecks.get(db)?.(); // mutant: deleted-file-unnoticed
        return answer;
      } catch (error) {
        await tx.executeQuery(rollback).catch(() => undefined);
        throw error;
      }
    }),
  maxTransactions: async () => 1,
  // SQLite's autoincrement follows the highest id by itself.
  resetSequences: async () => undefined,
  faultOf: sqliteFaultOf,
  integrity: (db) => integrityErrors(async (pragma) => (await sql.raw(`pragma ${pragma}`).execute(db)).rows),
  time: async () => Date.now(),
  check: async (db) => fileChecks.get(db)?.(), // mutant: deleted-file-unchecked
};

/** Checks that the files of a ledger are still those that were opened. */
const fileChecks = new WeakMap<Kysely<Tables>, () => void>();

/** Takes the write lock at once. A deferred transaction would take it at its first write, and could fail half way. */
const beginImmediate = CompiledQuery.raw('begin immediate');
const beginDeferred = CompiledQuery.raw('begin');
const commit = CompiledQuery.raw('commit');
const rollback = CompiledQuery.raw('rollback');

/** Statement journals in memory: a draw wrote twelve times to temporary files. */
const tune = (database: Database) => {
  database.pragma('cache_size = -4000');
  database.pragma('temp_store = MEMORY');
};

/** Caches prepared statements: there are few queries, and each runs often. */
function cacheStatements(database: Database) {
  const statements = new Map<string, ReturnType<Database['prepare']>>();
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
