import { type Kind, kinds } from '../contract/kinds.ts';
import { lastHours } from './hours.ts';
import type { Stats } from './ledger.ts';
import { findPool } from './pools.ts';
import type { Db } from './tables.ts';

/** See `Ledger.stats`: reads counters only, a row per kind, extension and hour, however many gifts there are. */
export async function stats(db: Db, poolName: string, now: number): Promise<Stats> {
  const pool = await findPool(db, poolName);
  const shelves = await db
    .selectFrom('shelf')
    .select(['kind', 'gifts', 'bytes'])
    .where('pool_id', '=', pool.id)
    .where('gifts', '>', 0)
    .execute();
  const extensions = await db
    .selectFrom('extension_count')
    .select('extension')
    .where('pool_id', '=', pool.id)
    .where('gifts', '>', 0)
    .orderBy('extension')
    .execute();
  const place = (kind: Kind) => kinds.indexOf(kind);
  return {
    gifts: shelves.reduce((sum, shelf) => sum + shelf.gifts, 0),
    bytes: shelves.reduce((sum, shelf) => sum + shelf.bytes, 0),
    openTickets: pool.open_tickets,
    givenTotal: pool.given_total,
    deliveredTotal: pool.delivered_total,
    kinds: shelves.sort((a, b) => place(a.kind) - place(b.kind)),
    extensions: extensions.map((row) => row.extension),
    hours: await lastHours(db, pool.id, now),
  };
}
