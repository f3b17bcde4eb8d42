/**
 * PostgreSQL, for more than one process: the same queries as SQLite. What differs is here: how a transaction begins, what its
 * turn means, and what its errors are called.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { PoolConfig } from 'pg';
import type { Engine, Fault, Turn } from './engine.ts';
import { migrationsFor } from './migrations.ts';
import type { Db, Tables } from './tables.ts';

/** The oldest server whose `insert … on conflict`, locks and statistics are what the queries were tested with. */
const oldestServer = 140_000;

export interface PostgresOptions {
  /** Run although the server would lose acknowledged commits in a power cut (R2). */
  readonly allowUnsafe?: boolean;
}

/** No statement takes longer, no lock is waited for longer, no transaction lies idle longer than this, in milliseconds. */
const limits = { statement: 30_000, lock: 10_000, idle: 15_000, connect: 5_000 };

/**
 * Opens a database and brings its tables up to date. Throws a sentence when the server cannot keep promise P1: it is too
 * old, or does not wait for the disk.
 */
export async function openPostgres(
  url: string,
  { allowUnsafe = false }: PostgresOptions = {},
): Promise<Kysely<Tables>> {
  const { default: pg } = await import('pg');
  const types = new pg.TypeOverrides();
  // Counts and sizes stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  const config: PoolConfig = {
    connectionString: url,
    types,
    max: postgres.width + 2,
    connectionTimeoutMillis: limits.connect,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idle,
    keepAlive: true,
    application_name: 'random-file-exchange',
  };
  const pool = new pg.Pool(config);
  // A connection that breaks while nobody uses it is replaced by the next one; without a listener it would end the process.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await refuseUnfit(db, allowUnsafe);
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function refuseUnfit(db: Kysely<Tables>, allowUnsafe: boolean): Promise<void> {
  const show = async (setting: string) => {
    const { rows } = await sql<{
      value: string;
    }>`select current_setting(${setting}) as value`.execute(db);
    return rows[0]?.value ?? '';
  };
  const version = Number(await show('server_version_num'));
  if (version < oldestServer)
    throw new Error(
      `PostgreSQL is ${await show('server_version')}; 14 is the oldest that is known to do`,
    );
  if (allowUnsafe) return;
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const value = await show(setting);
    if (['off', 'local-off'].includes(value))
      throw new Error(
        `PostgreSQL's ${setting} is ${value}, so a power cut would lose what was acknowledged; switch it on, or say DATABASE_UNSAFE=on`,
      );
  }
}

/** Many processes may start at once: the migrator takes an advisory lock, and who comes second finds nothing to do. */
async function migrate(db: Kysely<Tables>): Promise<void> {
  const provider = {
    getMigrations: async () => ({ '000_functions': functions, ...migrationsFor(postgres.types) }),
  };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error(String(error));
}

/** A stripe for each connection, and a place for each transaction; two that share one only wait for each other now and then. */
const functions = {
  async up(db: Kysely<unknown>) {
    await sql`create function rfx_stripe() returns integer language sql volatile as 'select pg_backend_pid() % 16'`.execute(
      db,
    );
    await sql`create function rfx_place() returns bigint language sql volatile as 'select txid_current()'`.execute(
      db,
    );
  },
};

/** The advisory lock of the turns, apart from anybody else's in the same database ("rfx" and one). */
const turnLock = 0x72667801;

const turns: Readonly<Record<Turn | 'read', string | undefined>> = {
  read: undefined,
  any: undefined,
  shared: `select pg_advisory_xact_lock_shared(${turnLock})`,
  alone: `select pg_advisory_xact_lock(${turnLock})`,
};

export const postgres: Engine = {
  width: 3,
  isAlone: false,
  types: {
    id: 'bigint',
    number: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
    reference: 'bigint',
    bytes: 'bytea',
  },
  transact: (db, turn, work) =>
    db.connection().execute((connection) => transact(connection, turn, work)),
  faultOf: (error) => {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const text = typeof code === 'string' ? code : String(message ?? '');
    return faults.find(([pattern]) => pattern.test(text))?.[1];
  },
  check: async (db) => {
    await sql`select 1`.execute(db);
  },
};

async function transact<T>(
  connection: Kysely<Tables>,
  turn: Turn | 'read',
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  // What a reading verb sees is one state, however many questions it asks.
  await sql
    .raw(turn === 'read' ? 'begin isolation level repeatable read read only' : 'begin')
    .execute(connection);
  try {
    const wait = turns[turn];
    if (wait) await sql.raw(wait).execute(connection);
    const answer = await work(connection);
    await sql`commit`.execute(connection);
    return answer;
  } catch (error) {
    await sql`rollback`.execute(connection).catch(() => undefined);
    throw error;
  }
}

/** Appendix A of PostgreSQL's manual; what has no code is the driver's, or the network's. */
const faults: readonly (readonly [RegExp, Fault])[] = [
  // Serialization failure, deadlock, a lock that did not come in time, a row that somebody else just made.
  [/^(?:40001|40P01|55P03|23505)$/, 'again'],
  [/^53100$/, 'full'],
  [/^(?:08...|53...|57...|58...|25006|XX...)$/, 'away'],
  [/^(?:ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN|ENETUNREACH)$/, 'away'],
  [
    /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable|Client has encountered a connection error/i,
    'away',
  ],
];
