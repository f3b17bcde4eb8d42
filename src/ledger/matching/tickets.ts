/** Tickets: what they are, who is next, and when their time is over. */

import { cachedQuery } from '../engine/query-cache.ts';
import type { Deadlines, GiveResult, SweepResult, TicketFacts, TicketNotice } from '../ledger.ts';
import { isTicketOwed, isTicketWaiting } from '../schema/index-predicates.ts';
import { giftColumns, giftFacts, givenGift, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow, TicketRow } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';

type Wanted = Pick<GiftRow, 'pool_id' | 'giver' | 'sha256'>;

/** The oldest waiting ticket that may have this gift. Who asks is alone, so nobody else is just serving it. */
export const nextWaitingTicket = (
  db: Db,
  gift: Wanted,
): Promise<Pick<TicketRow, 'id'> | undefined> =>
  db
    .selectFrom('ticket')
    .select('id')
    .where('pool_id', '=', gift.pool_id)
    .where(isTicketWaiting)
    .where('giver', '!=', gift.giver)
    .where('sha256', '!=', gift.sha256)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();

export const hasWaitingTickets = async (db: Db, poolId: number): Promise<boolean> =>
  (await firstWaiting(db, { poolId })).length > 0;

const firstWaiting = cachedQuery((db, { poolId }: { poolId: number }) =>
  db
    .selectFrom('ticket')
    .select('id')
    .where('pool_id', '=', poolId)
    .where(isTicketWaiting)
    .limit(1),
);

/** The gift that earned a ticket, if the ticket is there: whoever gives again for it is told of that gift. */
export async function findEarlierGive(db: Db, hash: string): Promise<GiveResult | undefined> {
  const row = await db
    .selectFrom('ticket')
    .innerJoin('gift', 'gift.id', 'ticket.gift_id')
    .select(giftColumns)
    .select('ticket.id as ticket_id')
    .where('ticket.hash', '=', hash)
    .executeTakeFirst();
  return row && { ticketId: row.ticket_id, gift: givenGift(row), notices: [] };
}

/** See `Ledger.findTicket`. */
export async function findTicket(db: Db, hash: string): Promise<TicketFacts | undefined> {
  const ticket = await db
    .selectFrom('ticket')
    .select(ticketColumns)
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (!ticket) return undefined;
  const gift = await db
    .selectFrom('gift')
    .select(giftColumns)
    .where('id', '=', ticket.gift_id)
    .executeTakeFirstOrThrow();
  return {
    id: ticket.id,
    state: ticket.state,
    expiresAt: ticket.expires_at,
    gift: giftFacts(gift),
    thanks: gift.thanks,
  };
}

/** A ticket whose delivery came to nothing is open again. */
export async function reopenTicket(db: Db, ticketId: number): Promise<TicketNotice> {
  const { pool_id } = await db
    .updateTable('ticket')
    .set({ state: 'open' }) // mutant: ticket-spent-on-abort
    .where('id', '=', ticketId)
    .returning('pool_id')
    .executeTakeFirstOrThrow();
  await applyChanges(db, pool_id, counterChange('open_tickets', 1)); // mutant: ticket-spent-on-abort-count
  return { ticketId, event: 'reopened' };
}

/** Whether any is past its time. */
export async function hasExpiredTickets(db: Db, now: number): Promise<boolean> {
  return (await expiring(db, now).select('id').limit(1).executeTakeFirst()) !== undefined;
}

const expiring = (db: Db, now: number) =>
  db.selectFrom('ticket').where(isTicketOwed).where('expires_at', '<=', now);

/** See `Ledger.expire`. */
export async function expireTickets(
  db: Db,
  deadlines: Deadlines,
  limit: number,
): Promise<SweepResult> {
  const old = await expiring(db, deadlines.now)
    .select(['id', 'pool_id'])
    .orderBy('expires_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  for (const { id, pool_id } of old) {
    await db.updateTable('ticket').set({ state: 'expired' }).where('id', '=', id).execute();
    await applyChanges(db, pool_id, counterChange('open_tickets', -1));
  }
  return {
    count: old.length,
    notices: old.map(({ id }) => ({ ticketId: id, event: 'expired' as const })),
  };
}
