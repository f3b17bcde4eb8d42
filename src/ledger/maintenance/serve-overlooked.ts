/**
 * Serves tickets that wait beside a gift they may have. There should be none, since each gift that enters the pool is offered
 * to waiting tickets.
 */

import { sql } from 'kysely';
import type { Random, Tx } from '../engine/isolation.ts';
import { holdFor } from '../matching/enter-pool.ts';
import { lockGift } from '../matching/gift-rows.ts';
import { pickForEach } from '../matching/random-pick.ts';
import { takeFromSlot } from '../matching/slots.ts';
import { isTicketWaiting } from '../schema/index-predicates.ts';
import { poolColumns, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, TicketRow } from '../schema/tables.ts';
import type { Deadlines, QueueCursor, SweepResult, TicketNotice } from '../types.ts';

interface Seen {
  readonly overlooked: readonly number[];
  /** Where to look next; undefined at the end of the line. */
  readonly next: QueueCursor | undefined;
}

/** Finds waiting tickets with a pooled gift, at most `limit`. It locks nothing, so the result is a hint. */
export async function findOverlooked({ db, random }: Tx, from: QueueCursor, limit: number): Promise<Seen> {
  const tickets = await db
    .selectFrom('ticket')
    .select(ticketColumns)
    .where(isTicketWaiting)
    .where(sql<boolean>`(pool_id, id) > (${from.pool}, ${from.ticket})`)
    .orderBy('pool_id')
    .orderBy('id')
    .limit(limit)
    .execute();
  const overlooked: number[] = [];
  for (const [poolId, ofPool] of Map.groupBy(tickets, ({ pool_id }) => pool_id)) {
    const picked = await pick(db, poolId, ofPool, random);
    overlooked.push(...ofPool.filter((_ticket, n) => picked[n] !== undefined).map(({ id }) => id));
  }
  const last = tickets.length < limit ? undefined : tickets.at(-1);
  return { overlooked, next: last && { pool: last.pool_id, ticket: last.id } };
}

/** Serves tickets in their order if they still wait and a gift is still pooled. Needs an exclusive transaction. */
export async function serveOverlooked(
  { db, random }: Tx,
  ids: readonly number[],
  deadlines: Deadlines,
): Promise<SweepResult> {
  const tickets = await db
    .selectFrom('ticket')
    .select(ticketColumns)
    .where('id', 'in', ids)
    .where(isTicketWaiting)
    .orderBy('id')
    .forUpdate()
    .execute();
  const notices: TicketNotice[] = [];
  for (const ticket of tickets) {
    const [id] = await pick(db, ticket.pool_id, [ticket], random);
    const gift = id === undefined ? undefined : await lockGift(db, id);
    // A draw may have been faster.
    if (gift?.state !== 'pooled') continue;
    await takeFromSlot(db, gift, 'leased');
    notices.push(...(await holdFor(db, gift, ticket.id, deadlines)));
  }
  return { count: notices.length, notices };
}

async function pick(db: Db, poolId: number, tickets: readonly TicketRow[], random: Random) {
  const pool = await db.selectFrom('pool').select(poolColumns).where('id', '=', poolId).executeTakeFirstOrThrow();
  return pickForEach(db, pool, tickets, random);
}
