/** The rows of tickets, and their queue. */

import type { Insertable } from 'kysely';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { isTicketWaiting } from '../schema/index-predicates.ts';
import { giftColumns, giftFacts, givenGift, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow, TicketRow, TicketTable } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import type { Deadlines, GiveResult, TicketFacts, TicketNotice } from '../types.ts';

type Wanted = Pick<GiftRow, 'pool_id' | 'giver' | 'sha256'>;

/** The oldest waiting ticket that may have this gift. Only valid in an exclusive transaction. */
export const nextWaitingTicket = (db: Db, gift: Wanted): Promise<Pick<TicketRow, 'id'> | undefined> =>
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

/** True if a ticket of this pool waits for a gift. */
export const hasWaitingTickets = async (db: Db, poolId: number): Promise<boolean> =>
  (await firstWaiting(db, { poolId })).length > 0;

const firstWaiting = cachedQuery((db, { poolId }: { poolId: number }) =>
  db.selectFrom('ticket').select('id').where('pool_id', '=', poolId).where(isTicketWaiting).limit(1),
);

/** Throws `NeedsIsolation` if tickets wait in one of these pools and the transaction is not exclusive. */
export async function assertCanServe({ db, isExclusive }: Tx, poolIds: Iterable<number>): Promise<void> {
  if (isExclusive) return;
  for (const poolId of new Set(poolIds)) if (await hasWaitingTickets(db, poolId)) throw new NeedsIsolation('exclusive');
}

/** The gifts that earned existing tickets, by the hash of the ticket. */
export async function findEarlierGives(db: Db, hashes: readonly string[]): Promise<ReadonlyMap<string, GiveResult>> {
  if (hashes.length === 0) return new Map();
  const rows = await giftsOfTickets(db, { hashes });
  return new Map(rows.map((row) => [row.hash, { ticketId: row.ticket_id, gift: givenGift(row), notices: [] }]));
}

const giftsOfTickets = cachedQuery((db, { hashes }: { hashes: readonly string[] }) =>
  db
    .selectFrom('ticket')
    .innerJoin('gift', 'gift.id', 'ticket.gift_id')
    .select(giftColumns)
    .select(['ticket.id as ticket_id', 'ticket.hash'])
    .where('ticket.hash', 'in', hashes),
);

/** The row of the ticket that a gift earns. */
export const newTicketRow = (gift: GiftRow, hash: string, deadlines: Deadlines): Insertable<TicketTable> => ({
  hash,
  pool_id: gift.pool_id,
  giver: gift.giver,
  sha256: gift.sha256,
  gift_id: gift.id,
  state: 'open',
  created_at: deadlines.now,
  expires_at: deadlines.ticketUntil,
});

/** See `ExchangeLedger.findTicket`. */
export async function findTicket(db: Db, hash: string): Promise<TicketFacts | undefined> {
  const ticket = await db.selectFrom('ticket').select(ticketColumns).where('hash', '=', hash).executeTakeFirst();
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

/** Reopens a ticket whose delivery lapsed or was damaged. */
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
