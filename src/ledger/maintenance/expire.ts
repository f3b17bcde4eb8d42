import type { Tx } from '../engine/isolation.ts';
import { hasFreeGift, lockGift, noticeToGiver, updateGiftEnd } from '../matching/gift-rows.ts';
import { takeFromSlot } from '../matching/slots.ts';
import { isTicketOwed } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';

/** True if a ticket is past its time, or a pooled gift was given before `giftsBefore`. */
export async function isExpiryDue(db: Db, now: number, giftsBefore: number): Promise<boolean> {
  const ticket = await expiredTickets(db, now).select('id').limit(1).executeTakeFirst();
  return ticket !== undefined || (await oldGifts(db, giftsBefore).limit(1).executeTakeFirst()) !== undefined;
}

/** See `MaintenanceLedger.expire`. Needs an exclusive transaction. */
export async function expire(
  { db }: Tx,
  deadlines: Deadlines,
  giftsBefore: number,
  limit: number,
): Promise<SweepResult> {
  const tickets = await expireTickets(db, deadlines, limit);
  const gifts = await expireGifts(db, deadlines, giftsBefore, limit);
  return { count: tickets.count + gifts.count, notices: [...tickets.notices, ...gifts.notices] };
}

const expiredTickets = (db: Db, now: number) =>
  db.selectFrom('ticket').where(isTicketOwed).where('expires_at', '<=', now);

async function expireTickets(db: Db, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const old = await expiredTickets(db, deadlines.now)
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

const oldGifts = (db: Db, givenBefore: number) =>
  db
    .selectFrom('gift')
    .select('id')
    .where('slot', 'is not', null)
    .where('given_at', '<', givenBefore)
    .orderBy('given_at');

/** Expires old free gifts. A gift that an open ticket is owed stays, however old (P4). */
async function expireGifts(db: Db, deadlines: Deadlines, givenBefore: number, limit: number): Promise<SweepResult> {
  const old = await oldGifts(db, givenBefore).limit(limit).execute();
  const notices: TicketNotice[] = [];
  let expired = 0;
  for (const { id } of old) {
    const gift = await lockGift(db, id);
    if (gift.state !== 'pooled' || !(await hasFreeGift(db, gift.pool_id))) continue;
    await takeFromSlot(db, gift, 'expired');
    await updateGiftEnd(db, gift, { remove_at: deadlines.now, purge_at: deadlines.purgeAt });
    notices.push(...(await noticeToGiver(db, id, 'expired')));
    expired++;
  }
  return { count: expired, notices };
}
