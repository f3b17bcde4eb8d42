/** Tickets: what they are, who is next, and when their time is over. */

import { compiled } from '../engine/query-cache.ts';
import type { Notice, Pooled, Swept, Terms, TicketFacts } from '../ledger.ts';
import { isOwed, isWaiting } from '../schema/index-predicates.ts';
import { giftColumns, giftFacts, givenGift, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow, TicketRow } from '../schema/tables.ts';
import { count, one } from '../stats/counters.ts';

type Wanted = Pick<GiftRow, 'pool_id' | 'giver' | 'sha256'>;

/** The oldest waiting ticket that may have this gift. Who asks is alone, so nobody else is just serving it. */
export const nextInLine = (db: Db, gift: Wanted): Promise<Pick<TicketRow, 'id'> | undefined> =>
  db
    .selectFrom('ticket')
    .select('id')
    .where('pool_id', '=', gift.pool_id)
    .where(isWaiting)
    .where('giver', '!=', gift.giver)
    .where('sha256', '!=', gift.sha256)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();

export const isAnyWaiting = async (db: Db, poolId: number): Promise<boolean> =>
  (await firstWaiting(db, { poolId })).length > 0;

const firstWaiting = compiled((db, { poolId }: { poolId: number }) =>
  db.selectFrom('ticket').select('id').where('pool_id', '=', poolId).where(isWaiting).limit(1),
);

/** The gift that earned a ticket, if the ticket is there: whoever gives again for it is told of that gift. */
export async function earnedBy(db: Db, hash: string): Promise<Pooled | undefined> {
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
export async function makeOpen(db: Db, ticketId: number): Promise<Notice> {
  const { pool_id } = await db
    .updateTable('ticket')
    .set({ state: 'open' })
    .where('id', '=', ticketId)
    .returning('pool_id')
    .executeTakeFirstOrThrow();
  await count(db, pool_id, one('open_tickets', 1));
  return { ticketId, event: 'reopened' };
}

/** Whether any is past its time. */
export async function isAnyExpiring(db: Db, now: number): Promise<boolean> {
  return (await expiring(db, now).select('id').limit(1).executeTakeFirst()) !== undefined;
}

const expiring = (db: Db, now: number) =>
  db.selectFrom('ticket').where(isOwed).where('expires_at', '<=', now);

/** See `Ledger.expire`. */
export async function expireTickets(db: Db, terms: Terms, limit: number): Promise<Swept> {
  const old = await expiring(db, terms.now)
    .select(['id', 'pool_id'])
    .orderBy('expires_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  for (const { id, pool_id } of old) {
    await db.updateTable('ticket').set({ state: 'expired' }).where('id', '=', id).execute();
    await count(db, pool_id, one('open_tickets', -1));
  }
  return {
    count: old.length,
    notices: old.map(({ id }) => ({ ticketId: id, event: 'expired' as const })),
  };
}
