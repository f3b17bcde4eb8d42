/** Where a gift meets a waiting ticket. */
import type { Db, GiftRow, TicketRow } from '../schema/tables.ts';
import { applyChanges } from '../stats/counters.ts';
import type { Deadlines, TicketNotice } from '../types.ts';
import { updateGiftEnd } from './gift-rows.ts';
import { owedChanges } from './owed-kinds.ts';
import { findReview, isWithholding, withholdGift } from './review-rows.ts';
import { putInSlot } from './slots.ts';
import { nextWaitingTicket } from './tickets.ts';

/**
 * Puts a gift into the pool, or holds it for the oldest waiting ticket that may have it (P5). A ticket waits only while the
 * pool has nothing for it, so the gift is its whole choice and no dice are needed.
 *
 * While tickets wait the transaction must be exclusive: two that serve several tickets would deadlock.
 */
export async function enterPool(db: Db, gift: GiftRow, deadlines: Deadlines): Promise<TicketNotice[]> {
  // Reported, and by several parties or removed meanwhile.
  const review = gift.keep_until === null ? undefined : await findReview(db, gift.sha256);
  if (review && isWithholding(review)) return withholdGift(db, gift, review, deadlines);
  // The thanks came from a receiver who no longer has the gift.
  if (gift.thanks !== null) await updateGiftEnd(db, gift, { thanks: null });
  const ticket = await nextWaitingTicket(db, gift);
  if (!ticket) {
    await putInSlot(db, gift);
    return [];
  }
  await db.updateTable('gift').set({ state: 'leased' }).where('id', '=', gift.id).execute();
  return holdFor(db, gift, ticket, deadlines);
}

/** Holds a gift that is in no slot for a waiting ticket. */
export async function holdFor(
  db: Db,
  gift: GiftRow,
  ticket: Pick<TicketRow, 'id' | 'owed_kind'>,
  deadlines: Deadlines,
): Promise<TicketNotice[]> {
  const ticketId = ticket.id;
  const owed = ticket.owed_kind === null ? {} : { owed_kind: gift.kind };
  await db
    .updateTable('ticket')
    .set({ state: 'ready', ...owed })
    .where('id', '=', ticketId)
    .execute();
  await applyChanges(db, gift.pool_id, owedChanges([ticket], -1));
  await db
    .insertInto('delivery')
    .values({
      gift_id: gift.id,
      ticket_id: ticketId,
      state: 'held',
      lease_until: deadlines.holdUntil,
    })
    .execute();
  return [{ ticketId, event: 'ready' }];
}
