/** Connections to PostgreSQL, and their timeouts. */
import { Socket } from 'node:net';
import { Kysely } from 'kysely';
import type { PoolConfig } from 'pg';
import type { Tables } from '../../schema/tables.ts';
import { Dialect, withPreparedStatements } from './dialect.ts';

/** The application name of a service's connections. */
export const serviceName = 'random-file-exchange';

/**
 * Timeouts of statements, locks and silent connections, in milliseconds; 0 is none. The connection URL may override them:
 * `?lock_timeout=1000`.
 */
interface Timeouts {
  readonly statement: number;
  readonly lock: number;
  readonly silence: number;
}

export const shortTimeouts: Timeouts = { statement: 15_000, lock: 5_000, silence: 17_000 };

/** No timeouts, for migrations: they take their time, and a second process waits. */
export const longTimeouts: Timeouts = { statement: 0, lock: 0, silence: 0 };

const idleTransactionTimeout = 10_000;
const connectTimeout = 5_000;

/** Connects with at most `max` connections, opened as needed. */
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
  // The pool replaces a broken connection and its user gets the error. Without listeners the error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Tables>({ dialect: new Dialect({ pool }) });
}

/**
 * Creates sockets that fail after a time of silence. A network that drops all packets would otherwise be noticed after hours.
 */
export const socketWithTimeout = (milliseconds: number) => () => {
  const socket = new Socket();
  const dead = () => Object.assign(new Error('nothing moves any more'), { code: 'ETIMEDOUT' });
  return socket.setTimeout(milliseconds, () => void socket.destroy(dead()));
};
