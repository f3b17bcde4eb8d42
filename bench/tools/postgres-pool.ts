/** Pools of any size on PostgreSQL, created by a few statements and restored after each measurement. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { FileKind } from '../../src/contract/vocabulary.ts';
import { openPostgresLedger } from '../../src/ledger/create-ledger.ts';
import { firstSlotOf, minKindSlots } from '../../src/ledger/matching/kind-slots.ts';

/** A database with a pool of `size` gifts, and a connection to it. */
export interface ExchangePool {
  readonly url: string;
  readonly size: number;
  readonly client: pg.Client;
}

/** A gift in every second slot, an average density. */
const slotsEach = 2;
const firstSlot = firstSlotOf('text');

/** The first gifts have earned an unused ticket. */
const tickets = 20_000;

/** The ticket of the nth gift. */
export const ticketOf = (n: number): string => createHash('sha256').update(`ticket ${n}`).digest('hex');

/** Creates the gifts 1 to size, each of its own giver. */
export async function makePool(url: string, size: number): Promise<ExchangePool> {
  await (await openPostgresLedger(url, () => 0)).close();
  const client = new pg.Client(url);
  await client.connect();
  const pool = { url, size, client };
  const text = Math.max(minKindSlots, slotsEach * size + 1);
  await client.query('update pool set kind_slots = $1', [JSON.stringify({ text })]);
  await client.query(
    `insert into gift (key, pool_id, giver, name, extension, kind, mime_type, size, sha256, state, slot, given_at, checks)
     select left(encode(sha256(('key ' || n)::bytea), 'hex'), 32), 1, encode(sha256(('giver ' || n)::bytea), 'hex'),
       'gift ' || n || '.txt', 'txt', 'text', 'text/plain', 4096, encode(sha256(('gift ' || n)::bytea), 'hex'), 'pooled', ${firstSlot} + ${slotsEach} * n, 0, '\\x00000000'
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

/** Creates gifts of several kinds without tickets; answers a connection. */
export async function makeKindPool(url: string, gifts: ReadonlyMap<FileKind, number>): Promise<pg.Client> {
  await (await openPostgresLedger(url, () => 0)).close();
  const client = new pg.Client(url);
  await client.connect();
  const slots = [...gifts].map(([kind, count]) => [kind, Math.max(minKindSlots, slotsEach * count + 1)]);
  await client.query('update pool set kind_slots = $1 where id = 1', [JSON.stringify(Object.fromEntries(slots))]);
  for (const [kind, count] of gifts) {
    await client.query(
      `insert into gift (key, pool_id, giver, name, extension, kind, mime_type, size, sha256, state, slot, given_at, checks)
       select left(encode(sha256(($2 || ' key ' || n)::bytea), 'hex'), 32), 1, encode(sha256(($2 || ' giver ' || n)::bytea), 'hex'),
         'gift ' || n || '.txt', 'txt', $2, 'text/plain', 4096, encode(sha256(($2 || ' gift ' || n)::bytea), 'hex'), 'pooled',
         $3::bigint + ${slotsEach} * n, 0, '\\x00000000'
       from generate_series(1, $1::int) n`,
      [count, kind, firstSlotOf(kind)],
    );
    await client.query(
      `insert into counter (pool_id, stripe, name, value) values
         (1, 0, 'gifts/' || $2::text, $1::bigint), (1, 0, 'bytes/' || $2::text, $1::bigint * 4096)`,
      [count, kind],
    );
  }
  const all = [...gifts.values()].reduce((sum, count) => sum + count, 0);
  await client.query(`insert into counter (pool_id, stripe, name, value) values (1, 0, 'extension/txt', $1)`, [all]);
  return client;
}

/** Undoes all draws: every gift is back in its slot. */
export async function restorePool(pool: ExchangePool): Promise<void> {
  const { client } = pool;
  await client.query(
    `update gift set state = 'pooled', slot = ${firstSlot} + ${slotsEach} * id where id in (select gift_id from delivery)`,
  );
  await client.query(`update ticket set state = 'open' where id in (select ticket_id from delivery)`);
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

/** Touches every page of the gifts and of their indexes, as some minutes of draws do. */
export async function logAllPages({ client }: ExchangePool): Promise<void> {
  // A page holds more than 20 gifts, and a moved row gets a new entry in every index.
  await client.query('update gift set size = size where id % 20 = 0');
}

/** Loads all tables and indexes into shared_buffers. */
export async function warmCache(client: pg.Client): Promise<void> {
  await client.query('create extension if not exists pg_prewarm');
  await client.query(
    `select pg_prewarm(oid) from pg_class where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace`,
  );
}

/** Vacuums and writes everything back, so that the next measurement does not pay for it. */
export async function vacuumAndCheckpoint(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze');
  await client.query('checkpoint');
}

/**
 * Creates the minimal tables of the naive design: gifts in slots without holes, and a row that counts them.
 */
export async function makeDensePool({ client, size }: ExchangePool): Promise<void> {
  await client.query('create table if not exists dense_pool (id int primary key, n bigint)');
  await client.query('create table if not exists dense_gift (id bigint primary key, slot bigint unique, name text)');
  await client.query('truncate dense_pool, dense_gift');
  await client.query('insert into dense_pool values (1, $1::bigint)', [size]);
  await client.query(`insert into dense_gift select n, n, 'gift ' || n || '.txt' from generate_series(1, $1::int) n`, [
    size,
  ]);
}
