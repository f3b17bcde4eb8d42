/** How we connect to PostgreSQL, and how long we wait for it. */
import { Socket } from 'node:net';
import { Kysely } from 'kysely';
import type { PoolConfig } from 'pg';
import type { Tables } from '../../schema/tables.ts';
import { Dialect, withPreparedStatements } from './dialect.ts';

/** What the server calls the connections of a service. */
export const serviceName = 'random-file-exchange';

/**
 * No statement takes longer, no lock is waited for longer, no transaction lies idle longer, and no connection is silent longer
 * than this, in milliseconds; 0 is for ever. An operator may say otherwise in the address: `?lock_timeout=1000`.
 */
export interface Timeouts {
  readonly statement: number;
  readonly lock: number;
  readonly silence: number;
}

export const shortTimeouts: Timeouts = { statement: 15_000, lock: 5_000, silence: 17_000 };

/** For a change of tables: it takes as long as it takes, and whoever comes second waits. */
export const longTimeouts: Timeouts = { statement: 0, lock: 0, silence: 0 };

const idleTransactionTimeout = 10_000;
const connectTimeout = 5_000;

/** At most so many connections at once, made as they are needed. */
export async function connect(
  url: string,
  most: number,
  limits: Timeouts,
  application = serviceName,
): Promise<Kysely<Tables>> {
  const { default: pg } = await import('pg');
  const types = new pg.TypeOverrides();
  // Counts and sizes stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  const config = {
    Client: withPreparedStatements(pg.Client),
    connectionString: url,
    types,
    max: most,
    connectionTimeoutMillis: connectTimeout,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: idleTransactionTimeout,
    keepAlive: true,
    stream: socketWithTimeout(limits.silence),
    application_name: application,
  } satisfies PoolConfig & { Client: unknown };
  const pool = new pg.Pool(config);
  // A connection that breaks is replaced by the next one, and who used it is told; without listeners it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Tables>({ dialect: new Dialect({ pool }) });
}

/**
 * Makes a socket that breaks when nothing at all moves on it for so long: a network that swallows everything would
 * otherwise be noticed after hours.
 */
export const socketWithTimeout = (milliseconds: number) => () => {
  const socket = new Socket();
  const dead = () => Object.assign(new Error('nothing moves any more'), { code: 'ETIMEDOUT' });
  return socket.setTimeout(milliseconds, () => void socket.destroy(dead()));
};
