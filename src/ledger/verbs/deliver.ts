/** Deliveries: leases that are renewed, finished and taken back. */

import { cachedQuery } from '../engine/query-cache.ts';
import type { Deadlines, DeliveryFacts, DeliveryProgress, TicketNotice } from '../ledger.ts';
import { addRange, type ByteRange, coversWhole } from '../matching/byte-ranges.ts';
import { getGift, lockGift, noticeToGiver, updateGiftEnd } from '../matching/gift-rows.ts';
import { isDeliveryActive, isDeliveryClaimed } from '../schema/index-predicates.ts';
import { deliveryColumns, deliveryFacts, giftColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { applyChanges, counterChange, mergeChanges } from '../stats/counters.ts';
import { addToHour, subtractDelivery } from '../stats/hourly.ts';

async function withGift(db: Db, row: DeliveryRow): Promise<DeliveryFacts> {
  const gift = await db
    .selectFrom('gift')
    .select([...giftColumns, 'gift.checks'])
    .where('id', '=', row.gift_id)
    .executeTakeFirstOrThrow();
  return deliveryFacts(row, gift);
}

/** Undefined once the row is purged: whoever still asks by its id is told that the delivery is over. */
export const lockDelivery = (db: Db, id: number): Promise<DeliveryRow | undefined> =>
  db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();

/** Deliveries, which nobody else changes until this transaction ends. In one order, so that no two wait for each other. */
export const lockDeliveries = cachedQuery((db, { ids }: { readonly ids: readonly number[] }) =>
  db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate(),
);

/**
 * Takes a gift's delivery that is under way before the gift, as whoever brings one to its end does, and one that is held
 * after its ticket, as its bearer does. Else they and we could wait for each other.
 */
export async function lockActiveDelivery(db: Db, giftId: number): Promise<void> {
  const delivery = await db
    .selectFrom('delivery')
    .select(['id', 'ticket_id', 'state'])
    .where('gift_id', '=', giftId)
    .where(isDeliveryActive)
    .executeTakeFirst();
  if (delivery?.state === 'held') {
    const ticket = db.selectFrom('ticket').select('id').where('id', '=', delivery.ticket_id);
    await ticket.forUpdate().execute();
  }
  if (delivery) await lockDelivery(db, delivery.id);
}

export async function readDelivery(db: Db, id: number): Promise<DeliveryFacts> {
  const row = await db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return withGift(db, row);
}

/** See `Ledger.findDelivery`. */
export async function findDelivery(db: Db, secretHash: string): Promise<DeliveryFacts | undefined> {
  const row = await db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('secret_hash', '=', secretHash)
    .executeTakeFirst();
  return row && withGift(db, row);
}

/** The delivery a drawn or spent ticket has, under way or arrived. */
export async function deliveryOfTicket(
  db: Db,
  ticketId: number,
): Promise<DeliveryFacts | undefined> {
  const row = await db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('ticket_id', '=', ticketId)
    .where(isDeliveryClaimed)
    .executeTakeFirst();
  return row && withGift(db, row);
}

/** See `Ledger.renew`. */
export async function renewLease(
  db: Db,
  id: number,
  sent: ByteRange,
  deadlines: Deadlines,
  isEnd = false,
): Promise<DeliveryProgress> {
  const row = await lockDelivery(db, id);
  const endings = (row?.endings ?? 0) + (isEnd ? 1 : 0);
  if (row?.state === 'received') {
    if (isEnd) await saveEndings(db, id, endings);
    return 'final';
  }
  if (row?.state !== 'open') return 'over';
  const { size } = await getGift(db, row.gift_id);
  const arrived = addRange(JSON.parse(row.arrived) as ByteRange[], sent);
  await db
    .updateTable('delivery')
    .set({ lease_until: deadlines.leaseUntil, arrived: JSON.stringify(arrived), endings })
    .where('id', '=', id)
    .execute();
  return coversWhole(arrived, size) && endings > 0 ? 'complete' : 'partial';
}

async function saveEndings(db: Db, id: number, endings: number): Promise<void> {
  await db.updateTable('delivery').set({ endings }).where('id', '=', id).execute();
}

/** See `Ledger.handOver`. */
export async function noteOffloaded(db: Db, id: number, deadlines: Deadlines): Promise<boolean> {
  const row = await lockDelivery(db, id);
  if (row?.state === 'received') return true;
  if (row?.state !== 'open') return false;
  await db
    .updateTable('delivery')
    .set({ lease_until: deadlines.leaseUntil, handed_over: 1 })
    .where('id', '=', id)
    .execute();
  if (row.handed_over === 0) {
    const { pool_id } = await getGift(db, row.gift_id);
    await applyChanges(db, pool_id, counterChange('handed_over_total', 1));
  }
  return true;
}

/** See `Ledger.finish`. */
export async function completeOne(
  db: Db,
  id: number,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[] | undefined> {
  const row = await lockDelivery(db, id);
  if (row?.state === 'received') {
    await saveEndings(db, id, row.endings + 1);
    await shortenGrace(db, row.gift_id, deadlines);
    return [];
  }
  return row?.state === 'open' ? concludeOne(db, row, deadlines) : undefined;
}

/** Makes an open delivery final. */
export async function concludeOne(
  db: Db,
  row: DeliveryRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  await db
    .updateTable('delivery')
    .set({
      state: 'received',
      purge_at: deadlines.purgeAt,
      received_at: deadlines.now,
      endings: row.endings + 1,
    })
    .where('id', '=', row.id)
    .execute();
  if (row.ticket_id !== null) {
    await db
      .updateTable('ticket')
      .set({ state: 'spent' })
      .where('id', '=', row.ticket_id)
      .execute();
  }
  const gift = await lockGift(db, row.gift_id);
  await updateGiftEnd(db, gift, {
    state: 'delivered',
    remove_at: deadlines.removeAt,
    purge_at: deadlines.purgeAt,
  });
  await applyChanges(db, gift.pool_id, counterChange('delivered_total', 1));
  await addToHour(db, gift.pool_id, 'delivered', deadlines.now);
  return noticeToGiver(db, gift.id, 'landed');
}

/** A receiver who says "I have it" after the bytes were all sent shortens the grace, unless they are kept for the operator. */
export async function shortenGrace(db: Db, giftId: number, deadlines: Deadlines): Promise<void> {
  await db
    .updateTable('gift')
    .set({ remove_at: deadlines.removeAt })
    .where('id', '=', giftId)
    .where('remove_at', '>', deadlines.removeAt)
    .where('keep_until', 'is', null)
    .execute();
}

/**
 * See `Ledger.reopen`. All of it was handed over, so whoever resumes needs only to bring one answer to a good end. Who has
 * reported it has seen it: that delivery stays final.
 */
export async function reopen(
  db: Db,
  id: number,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  const row = await lockDelivery(db, id);
  if (row?.state !== 'received') return [];
  if (row.endings > 1) {
    await saveEndings(db, id, row.endings - 1);
    return [];
  }
  const gift = await lockGift(db, row.gift_id);
  if (gift.remove_at === null || gift.remove_at <= deadlines.now) return [];
  if (await isReported(db, id)) return [];
  await db
    .updateTable('delivery')
    .set({
      state: 'open',
      lease_until: deadlines.leaseUntil,
      arrived: JSON.stringify([[0, gift.size]]),
      endings: 0,
      purge_at: null,
      received_at: null,
    })
    .where('id', '=', id)
    .execute();
  if (row.ticket_id !== null) {
    await db
      .updateTable('ticket')
      .set({ state: 'drawn' })
      .where('id', '=', row.ticket_id)
      .execute();
  }
  await updateGiftEnd(db, gift, { state: 'leased', remove_at: null, purge_at: null });
  await applyChanges(
    db,
    gift.pool_id,
    mergeChanges(counterChange('delivered_total', -1), counterChange('reopened_total', 1)),
  );
  await subtractDelivery(db, gift.pool_id, row.received_at);
  return noticeToGiver(db, gift.id, 'reopened');
}

export async function isReported(db: Db, id: number): Promise<boolean> {
  const report = await db
    .selectFrom('report')
    .select('id')
    .where('delivery_id', '=', id)
    .executeTakeFirst();
  return report !== undefined;
}

/** See `Ledger.noteRestart`. In one order, so that no two transactions wait for each other. */
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
