/** PostgreSQL, for more than one process: the same queries as on SQLite, with its own transactions, isolation and errors. */
import { type Kysely, sql } from 'kysely';
import { isMigrated, migrate } from '../../schema/migrate.ts';
import { migrationsFor } from '../../schema/migrations.ts';
import type { Db, Tables } from '../../schema/tables.ts';
import type { Engine, EngineFault } from '../engine.ts';
import type { Isolation } from '../isolation.ts';
import { connect, longTimeouts, serviceName, shortTimeouts } from './connection.ts';
import { integrity } from './integrity.ts';

/** The oldest server on which the queries are tested (PostgreSQL 14). */
const minServerVersion = 140_000;

export interface PostgresOptions {
  /** Start although the server would lose acknowledged commits in a power cut (R2). */
  readonly allowUnsafe?: boolean;
  /** The application name of the connections; the service's by default. */
  readonly application?: string;
}

/** Opens a database and migrates it. Throws a sentence when the server cannot keep promise P1: too old, or without fsync. */
export async function openPostgres(
  url: string,
  { allowUnsafe = false, application }: PostgresOptions = {},
): Promise<Kysely<Tables>> {
  const migrator = await connect(url, 2, longTimeouts, application);
  try {
    await assertServerFit(migrator, allowUnsafe);
    await migrate(migrator, migrations());
  } finally {
    await migrator.destroy();
  }
  return connect(url, postgres.connections + 2, shortTimeouts, application);
}

/** Opens a database that has the tables, and creates none. Throws a sentence when they are of another version. */
export async function findPostgres(url: string, application: string): Promise<Kysely<Tables> | undefined> {
  const db = await connect(url, postgres.connections + 2, longTimeouts, application);
  try {
    await assertServerFit(db, true);
    if (await isMigrated(db, migrations())) return db;
    await db.destroy();
    return undefined;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

const migrations = () => ({
  '000_functions': functions,
  ...migrationsFor(postgres.types),
  // This number belongs to PostgreSQL alone; the next migration of both engines is 011.
  '010_own_stripes': exclusiveStripes,
});

async function assertServerFit(db: Kysely<Tables>, allowUnsafe: boolean): Promise<void> {
  const show = async (setting: string) => {
    const { rows } = await sql<{
      value: string;
    }>`select current_setting(${setting}) as value`.execute(db);
    return rows[0]?.value ?? '';
  };
  const version = Number(await show('server_version_num'));
  if (version < minServerVersion)
    throw new Error(`PostgreSQL is ${await show('server_version')}; 14 is the oldest version that is supported`);
  if (allowUnsafe) return;
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const value = await show(setting);
    if (value === 'off')
      throw new Error(
        `PostgreSQL's ${setting} is ${value}, so a power cut would lose acknowledged gifts; switch it on, or set DATABASE_UNSAFE=on`,
      );
  }
}

/** The default stripe of a connection, and the place of a transaction. Two that share a place rarely conflict. */
const functions = {
  async up(db: Kysely<unknown>) {
    await sql`create function rfx_stripe() returns integer language sql volatile as 'select pg_backend_pid() % 16'`.execute(
      db,
    );
    await sql`create function rfx_place() returns bigint language sql volatile as 'select txid_current()'`.execute(db);
  },
};

/** The advisory locks of the stripes: "rfx" and 2. */
const stripeLocks = 0x72667802;

/**
 * A stripe of the transaction's own: that of its connection, or the next free one. Two transactions that added to the same
 * rows would wait for a commit each time, and deadlock when they count in two orders.
 */
const exclusiveStripes = {
  async up(db: Kysely<unknown>) {
    await sql
      .raw(
        `create or replace function rfx_stripe() returns integer language plpgsql volatile as $$
declare
  stripe integer := pg_backend_pid() % 16;
begin
  while not pg_try_advisory_xact_lock(${stripeLocks}, stripe) loop
    stripe := stripe + 1;
  end loop;
  return stripe;
end
$$`,
      )
      .execute(db);
  },
};

/** The advisory lock of the isolation levels: "rfx" and 1. */
const isolationLock = 0x72667801;

/** The advisory lock of the transactions that take free gifts: "rfx" and 3. */
const freeGiftsLock = 0x72667803;

const isolationStatements: Readonly<Record<Isolation | 'read', string | undefined>> = {
  read: undefined,
  concurrent: undefined,
  shared: `select pg_advisory_xact_lock_shared(${isolationLock})`,
  free: `select pg_advisory_xact_lock_shared(${isolationLock}), pg_advisory_xact_lock_shared(${freeGiftsLock})`,
  'last-free': `select pg_advisory_xact_lock_shared(${isolationLock}), pg_advisory_xact_lock(${freeGiftsLock})`,
  exclusive: `select pg_advisory_xact_lock(${isolationLock})`,
};

export const postgres: Engine = {
  connections: 3,
  isAlwaysExclusive: false,
  types: {
    id: 'bigint',
    number: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
    reference: 'bigint',
    bytes: 'bytea',
    keyedByText: '',
    forbidChanges: (table) => [
      `create function ${table}_only_grows() returns trigger language plpgsql as $$ begin raise exception '${table} only grows'; end $$`,
      `create trigger ${table}_no_change before update or delete or truncate on ${table} for each statement execute function ${table}_only_grows()`,
    ],
  },
  transaction: (db, isolation, work) => db.connection().execute((connection) => transact(connection, isolation, work)),
  maxTransactions: async (db) => {
    const { rows } = await sql<{
      most: number;
    }>`select cast(current_setting('max_connections') as integer) as most`.execute(db);
    return rows[0]?.most ?? Number.POSITIVE_INFINITY;
  },
  resetSequences: async (db, tables) => {
    for (const table of tables) {
      await sql`select setval(pg_get_serial_sequence(${table}, 'id'), coalesce((select max(id) from ${sql.ref(table)}), 0) + 1, false)`.execute(
        db,
      );
    }
  },
  faultOf: (error) => {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const text = typeof code === 'string' ? code : String(message ?? '');
    return faults.find(([pattern]) => pattern.test(text))?.[1];
  },
  integrity,
  time: async (db) => {
    const now = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`.as('now');
    return (await db.selectNoFrom(now).executeTakeFirstOrThrow()).now;
  },
  check: async (db) => {
    const { rows } = await sql<{ value: string }>`select current_setting('transaction_read_only') as value`.execute(db);
    // Also on a standby, which answers reads only.
    if (rows[0]?.value !== 'off') throw Object.assign(new Error('PostgreSQL is read-only'), { code: readOnlyCode });
  },
};

async function transact<T>(
  connection: Kysely<Tables>,
  isolation: Isolation | 'read',
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  // A reading verb sees one state in all of its queries.
  await sql.raw(isolation === 'read' ? 'begin isolation level repeatable read read only' : 'begin').execute(connection);
  try {
    const wait = isolationStatements[isolation];
    if (wait) await sql.raw(wait).execute(connection);
    const answer = await work(connection);
    await sql`commit`.execute(connection);
    return answer;
  } catch (error) {
    await sql`rollback`.execute(connection).catch(() => undefined);
    throw error;
  }
}

/** `read_only_sql_transaction`. */
const readOnlyCode = '25006';

/** PostgreSQL's error codes, appendix A. Errors without one come from the driver or the network. */
const faults: readonly (readonly [RegExp, EngineFault])[] = [
  // Serialization failure, deadlock, unique violation by a concurrent insert.
  [/^(?:40001|40P01|23505)$/, 'again'],
  // A lock timeout: the owner is another program, and may keep the lock.
  [/^55P03$/, 'away'],
  [/^53100$/, 'full'],
  [/^(?:08...|53...|57...|58...|25006|XX...)$/, 'away'],
  [/^(?:ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN|ENETUNREACH)$/, 'away'],
  [
    /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable|Client has encountered a connection error/i,
    'away',
  ],
];

/** How many services are connected to this database. */
export async function countServices(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and application_name = ${serviceName}`.execute(db);
  return rows[0]?.count ?? 0;
}
