/** Pools of any size on PostgreSQL, made by a few statements, and put back as they were after each measurement. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { openPostgresLedger } from '../../src/ledger/create-ledger.ts';

/** A database with a pool of so many gifts, and a connection to it. */
export interface ExchangePool {
  readonly url: string;
  readonly size: number;
  readonly client: pg.Client;
}

/** A gift in every second slot: the middle of what is usual. */
const slotsEach = 2;

/** So many of the gifts have earned a ticket that nobody has used. */
const tickets = 20_000;

/** The ticket that the nth gift earned. */
export const ticketOf = (n: number): string =>
  createHash('sha256').update(`ticket ${n}`).digest('hex');

/** Makes gifts 1…size, each of a giver of its own. */
export async function makePool(url: string, size: number): Promise<ExchangePool> {
  await (await openPostgresLedger(url, () => 0)).close();
  const client = new pg.Client(url);
  await client.connect();
  const pool = { url, size, client };
  await client.query('update pool set slots = $1', [Math.max(4096, slotsEach * size)]);
  await client.query(
    `insert into gift (key, pool_id, giver, name, extension, kind, mime_type, size, sha256, state, slot, given_at, checks)
     select left(encode(sha256(('key ' || n)::bytea), 'hex'), 32), 1, encode(sha256(('giver ' || n)::bytea), 'hex'),
       'gift ' || n || '.txt', 'txt', 'text', 'text/plain', 4096, encode(sha256(('gift ' || n)::bytea), 'hex'), 'pooled', ${slotsEach} * n, 0, '\\x00000000'
     from generate_series(1, $1::int) n`,
    [size],
  );
  await client.query(
    `insert into ticket (hash, pool_id, giver, sha256, gift_id, state, created_at, expires_at)
     select encode(sha256(('ticket ' || id)::bytea), 'hex'), 1, giver, sha256, id, 'open', 0, 1e15 from gift where id <= $1`,
    [tickets],
  );
  await countAgain(pool);
  await vacuumAndCheckpoint(client);
  return pool;
}

/** Takes all draws back; every gift is where it was. */
export async function restorePool(pool: ExchangePool): Promise<void> {
  const { client } = pool;
  await client.query(
    `update gift set state = 'pooled', slot = ${slotsEach} * id where id in (select gift_id from delivery)`,
  );
  await client.query(
    `update ticket set state = 'open' where id in (select ticket_id from delivery)`,
  );
  await client.query('truncate delivery');
  await countAgain(pool);
}

async function countAgain({ client, size }: ExchangePool): Promise<void> {
  await client.query('truncate counter');
  await client.query(
    `insert into counter (pool_id, stripe, name, value) values
       (1, 0, 'gifts/text', $1), (1, 0, 'extension/txt', $1), (1, 0, 'bytes/text', $1 * 4096), (1, 0, 'open_tickets', $2)`,
    [size, Math.min(size, tickets)],
  );
}

/** Touches every page of the gifts and of their indexes, as the draws of some minutes do. */
export async function logAllPages({ client }: ExchangePool): Promise<void> {
  // A page holds more gifts than this; a row that moves gets a new place in every index.
  await client.query('update gift set size = size where id % 20 = 0');
}

/** Reads all of it into the server's memory, as time does. */
export async function warmCache(client: pg.Client): Promise<void> {
  await client.query('create extension if not exists pg_prewarm');
  await client.query(
    `select pg_prewarm(oid) from pg_class where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace`,
  );
}

/** What has to be cleaned up and written out is, so that it is not paid for by what is measured next. */
export async function vacuumAndCheckpoint(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze');
  await client.query('checkpoint');
}

/** The tables of the plain design, no wider than they must be: so many gifts in slots without holes, and a row that counts them. */
export async function makeDensePool({ client, size }: ExchangePool): Promise<void> {
  await client.query('create table if not exists dense_pool (id int primary key, n bigint)');
  await client.query(
    'create table if not exists dense_gift (id bigint primary key, slot bigint unique, name text)',
  );
  await client.query('truncate dense_pool, dense_gift');
  await client.query('insert into dense_pool values (1, $1::bigint)', [size]);
  await client.query(
    `insert into dense_gift select n, n, 'gift ' || n || '.txt' from generate_series(1, $1::int) n`,
    [size],
  );
}
