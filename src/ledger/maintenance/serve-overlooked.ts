/**
 * Serves tickets that wait beside a gift they may have. There should be none, since each gift that enters the pool is offered
 * to waiting tickets.
 */

import { sql } from 'kysely';
import type { Tx } from '../engine/isolation.ts';
import { holdFor } from '../matching/enter-pool.ts';
import { lockGift } from '../matching/gift-rows.ts';
import { countAllowance, demandOf } from '../matching/owed-kinds.ts';
import { pickForEach } from '../matching/random-pick.ts';
import { takeFromSlot } from '../matching/slots.ts';
import { isTicketWaiting } from '../schema/index-predicates.ts';
import { poolColumns, ticketColumns } from '../schema/row-mapping.ts';
import type { TicketRow } from '../schema/tables.ts';
import { bringForTicket, mayHaveOther } from '../tiers/other-tier.ts';
import type { Deadlines, QueueCursor, SweepResult, TicketNotice } from '../types.ts';

interface Seen {
  readonly overlooked: readonly number[];
  /** Where to look next; undefined at the end of the line. */
  readonly next: QueueCursor | undefined;
}

/** Finds waiting tickets with a pooled gift, at most `limit`. It locks nothing, so the result is a hint. */
export async function findOverlooked(tx: Tx, from: QueueCursor, limit: number, deadlines: Deadlines): Promise<Seen> {
  const tickets = await tx.db
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
    const picked = await pick(tx, poolId, ofPool);
    for (const [n, ticket] of ofPool.entries())
      if (picked[n] !== undefined || (await mayHaveOther(tx, ticket, deadlines))) overlooked.push(ticket.id);
  }
  const last = tickets.length < limit ? undefined : tickets.at(-1);
  return { overlooked, next: last && { pool: last.pool_id, ticket: last.id } };
}

/** Serves tickets in their order if they still wait and a gift is still pooled. Needs an exclusive transaction. */
export async function serveOverlooked(tx: Tx, ids: readonly number[], deadlines: Deadlines): Promise<SweepResult> {
  const { db } = tx;
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
    const [found] = await pick(tx, ticket.pool_id, [ticket]);
    const brought = found === undefined ? await bringForTicket(tx, ticket, deadlines) : undefined;
    notices.push(...(brought ?? []));
    const [picked] = brought ? await pick(tx, ticket.pool_id, [ticket]) : [found];
    const gift = picked && (await lockGift(db, picked.id));
    // A draw may have been faster.
    if (gift?.state !== 'pooled') continue;
    await takeFromSlot(db, gift, 'leased');
    notices.push(...(await holdFor(db, gift, ticket, deadlines)));
  }
  return { count: notices.length, notices };
}

/** A reading transaction sees one state of the whole pool, and counts as exactly as an exclusive one. */
async function pick(tx: Tx, poolId: number, tickets: readonly TicketRow[]) {
  const { db, random } = tx;
  const pool = await db.selectFrom('pool').select(poolColumns).where('id', '=', poolId).executeTakeFirstOrThrow();
  const requests = tickets.map((ticket) => ({ exclusions: ticket, ...demandOf(ticket) }));
  const counting = { ...tx, canTakeFree: true, canTakeLastFree: true };
  const { allowance } = await countAllowance(counting, pool, requests);
  return pickForEach(db, pool, requests, random, undefined, allowance);
}
