/** A delivery on its way: its lease, the ranges that were sent, and its return after a broken connection. */
import { addRange, countBytes, coversWhole } from '../matching/byte-ranges.ts';
import { lockDelivery, saveEndings } from '../matching/delivery-rows.ts';
import { getGift, lockGift, noticeToGiver, updateGiftEnd } from '../matching/gift-rows.ts';
import { isDeliveryActive } from '../schema/index-predicates.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { applyChanges, counterChange, mergeChanges } from '../stats/counters.ts';
import { subtractDelivery } from '../stats/hourly.ts';
import type { ByteRange, Deadlines, DeliveryProgress, ResponseProgress, TicketNotice } from '../types.ts';

/** See `DeliveryLedger.renewLease`. */
export async function renewLease(
  db: Db,
  id: number,
  sent: ByteRange,
  deadlines: Deadlines,
  response: ResponseProgress = 'cut',
): Promise<DeliveryProgress> {
  const isEnd = response === 'ended';
  const row = await lockDelivery(db, id);
  const endings = (row?.endings ?? 0) + (isEnd ? 1 : 0);
  if (row?.state === 'received') {
    if (isEnd) await saveEndings(db, id, endings);
    return 'final';
  }
  if (row?.state !== 'open') return 'over';
  const { size } = await getGift(db, row.gift_id);
  const before = JSON.parse(row.arrived) as ByteRange[];
  const arrived = addRange(before, sent);
  const isRenewed = response === 'running' || countBytes(arrived) > countBytes(before); // mutant: lease-without-end
  const lease_until = isRenewed ? renewedLease(row, deadlines) : row.lease_until;
  await db
    .updateTable('delivery')
    .set({ lease_until, arrived: JSON.stringify(arrived), endings })
    .where('id', '=', id)
    .execute();
  return coversWhole(arrived, size) && endings > 0 ? 'complete' : 'partial';
}

/** The end of a lease that is renewed now. */
const renewedLease = ({ lease_limit }: DeliveryRow, { leaseUntil }: Deadlines): number =>
  Math.min(leaseUntil, lease_limit ?? leaseUntil);

/** See `DeliveryLedger.noteOffloaded`. */
export async function noteOffloaded(db: Db, id: number, deadlines: Deadlines): Promise<boolean> {
  const row = await lockDelivery(db, id);
  if (row?.state === 'received') return true;
  if (row?.state !== 'open') return false;
  await db
    .updateTable('delivery')
    .set({ lease_until: renewedLease(row, deadlines), handed_over: 1 })
    .where('id', '=', id)
    .execute();
  if (row.handed_over === 0) {
    const { pool_id } = await getGift(db, row.gift_id);
    await applyChanges(db, pool_id, counterChange('handed_over_total', 1));
  }
  return true;
}

/**
 * See `DeliveryLedger.reopen`. Every byte was sent, so one more response that ends well completes the delivery again. That of
 * a ticket that has read another gift stays final.
 */
export async function reopen(db: Db, id: number, deadlines: Deadlines): Promise<readonly TicketNotice[]> {
  const row = await lockDelivery(db, id);
  if (row?.state !== 'received') return [];
  if (row.endings > 1) {
    await saveEndings(db, id, row.endings - 1);
    return [];
  }
  const gift = await lockGift(db, row.gift_id);
  if (gift.remove_at === null || gift.remove_at <= deadlines.now || gift.withheld === 1) return [];
  if (row.ticket_id !== null && (await isForgiven(db, row.ticket_id))) return [];
  await db
    .updateTable('delivery')
    .set({
      state: 'open',
      lease_until: renewedLease(row, deadlines),
      arrived: JSON.stringify([[0, gift.size]]),
      endings: 0,
      purge_at: null,
      received_at: null,
    })
    .where('id', '=', id)
    .execute();
  if (row.ticket_id !== null)
    await db.updateTable('ticket').set({ state: 'drawn' }).where('id', '=', row.ticket_id).execute();
  await updateGiftEnd(db, gift, { state: 'leased', remove_at: null, purge_at: null });
  const reopened = counterChange('reopened_total', 1);
  await applyChanges(db, gift.pool_id, mergeChanges(counterChange('delivered_total', -1), reopened));
  await subtractDelivery(db, gift.pool_id, row.received_at);
  return noticeToGiver(db, gift.id, 'reopened');
}

async function isForgiven(db: Db, ticketId: number): Promise<boolean> {
  const ticket = await db.selectFrom('ticket').select('forgiven').where('id', '=', ticketId).executeTakeFirst();
  return (ticket?.forgiven ?? 0) > 0;
}

/** See `DeliveryLedger.markInterrupted`. Locks in the order of ids so that two processes never deadlock. */
export async function markInterrupted(db: Db): Promise<void> {
  await db
    .updateTable('delivery')
    .set({ in_doubt: 1 })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('delivery as open')
        .select('open.id')
        .where(isDeliveryActive)
        .where('open.state', '=', 'open')
        .orderBy('open.id')
        .forUpdate(),
    )
    .execute();
}
