/** Deliveries: leases that are renewed, finished and taken back. */

import { compiled } from '../engine/query-cache.ts';
import type { Delivery, Notice, Progressed, Terms } from '../ledger.ts';
import { addPart, covers, type Part } from '../matching/byte-ranges.ts';
import { endGift, findGift, giverNotice, seeGift } from '../matching/gift-rows.ts';
import { isClaim, isUnderWay } from '../schema/index-predicates.ts';
import { deliveryColumns, deliveryFacts, giftColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { count, one, together } from '../stats/counters.ts';
import { countHour, uncountDelivery } from '../stats/hourly.ts';

async function withGift(db: Db, row: DeliveryRow): Promise<Delivery> {
  const gift = await db
    .selectFrom('gift')
    .select([...giftColumns, 'gift.checks'])
    .where('id', '=', row.gift_id)
    .executeTakeFirstOrThrow();
  return deliveryFacts(row, gift);
}

/** Undefined once the row is purged: whoever still asks by its id is told that the delivery is over. */
export const findRow = (db: Db, id: number): Promise<DeliveryRow | undefined> =>
  db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();

/** Deliveries, which nobody else changes until this transaction ends. In one order, so that no two wait for each other. */
export const lockDeliveries = compiled((db, { ids }: { readonly ids: readonly number[] }) =>
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
export async function lockUnderWay(db: Db, giftId: number): Promise<void> {
  const delivery = await db
    .selectFrom('delivery')
    .select(['id', 'ticket_id', 'state'])
    .where('gift_id', '=', giftId)
    .where(isUnderWay)
    .executeTakeFirst();
  if (delivery?.state === 'held') {
    const ticket = db.selectFrom('ticket').select('id').where('id', '=', delivery.ticket_id);
    await ticket.forUpdate().execute();
  }
  if (delivery) await findRow(db, delivery.id);
}

export async function readDelivery(db: Db, id: number): Promise<Delivery> {
  const row = await db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return withGift(db, row);
}

/** See `Ledger.findDelivery`. */
export async function findDelivery(db: Db, secretHash: string): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('secret_hash', '=', secretHash)
    .executeTakeFirst();
  return row && withGift(db, row);
}

/** The delivery a drawn or spent ticket has, under way or arrived. */
export async function deliveryOfTicket(db: Db, ticketId: number): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom('delivery')
    .select(deliveryColumns)
    .where('ticket_id', '=', ticketId)
    .where(isClaim)
    .executeTakeFirst();
  return row && withGift(db, row);
}

/** See `Ledger.renew`. */
export async function renew(
  db: Db,
  id: number,
  sent: Part,
  terms: Terms,
  isEnd = false,
): Promise<Progressed> {
  const row = await findRow(db, id);
  const endings = (row?.endings ?? 0) + (isEnd ? 1 : 0);
  if (row?.state === 'received') {
    if (isEnd) await noteEndings(db, id, endings);
    return 'final';
  }
  if (row?.state !== 'open') return 'over';
  const { size } = await seeGift(db, row.gift_id);
  const arrived = addPart(JSON.parse(row.arrived) as Part[], sent);
  await db
    .updateTable('delivery')
    .set({ lease_until: terms.leaseUntil, arrived: JSON.stringify(arrived), endings })
    .where('id', '=', id)
    .execute();
  return covers(arrived, size) && endings > 0 ? 'complete' : 'partial';
}

async function noteEndings(db: Db, id: number, endings: number): Promise<void> {
  await db.updateTable('delivery').set({ endings }).where('id', '=', id).execute();
}

/** See `Ledger.handOver`. */
export async function handOver(db: Db, id: number, terms: Terms): Promise<boolean> {
  const row = await findRow(db, id);
  if (row?.state === 'received') return true;
  if (row?.state !== 'open') return false;
  await db
    .updateTable('delivery')
    .set({ lease_until: terms.leaseUntil, handed_over: 1 })
    .where('id', '=', id)
    .execute();
  if (row.handed_over === 0) {
    const { pool_id } = await seeGift(db, row.gift_id);
    await count(db, pool_id, one('handed_over_total', 1));
  }
  return true;
}

/** See `Ledger.finish`. */
export async function finish(
  db: Db,
  id: number,
  terms: Terms,
): Promise<readonly Notice[] | undefined> {
  const row = await findRow(db, id);
  if (row?.state === 'received') {
    await noteEndings(db, id, row.endings + 1);
    await endSooner(db, row.gift_id, terms);
    return [];
  }
  return row?.state === 'open' ? conclude(db, row, terms) : undefined;
}

/** Makes an open delivery final. */
export async function conclude(db: Db, row: DeliveryRow, terms: Terms): Promise<readonly Notice[]> {
  await db
    .updateTable('delivery')
    .set({
      state: 'received',
      purge_at: terms.purgeAt,
      received_at: terms.now,
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
  const gift = await findGift(db, row.gift_id);
  await endGift(db, gift, {
    state: 'delivered',
    remove_at: terms.removeAt,
    purge_at: terms.purgeAt,
  });
  await count(db, gift.pool_id, one('delivered_total', 1));
  await countHour(db, gift.pool_id, 'delivered', terms.now);
  return giverNotice(db, gift.id, 'landed');
}

/** A receiver who says "I have it" after the bytes were all sent shortens the grace, unless they are kept for the operator. */
export async function endSooner(db: Db, giftId: number, terms: Terms): Promise<void> {
  await db
    .updateTable('gift')
    .set({ remove_at: terms.removeAt })
    .where('id', '=', giftId)
    .where('remove_at', '>', terms.removeAt)
    .where('keep_until', 'is', null)
    .execute();
}

/**
 * See `Ledger.reopen`. All of it was handed over, so whoever resumes needs only to bring one answer to a good end. Who has
 * reported it has seen it: that delivery stays final.
 */
export async function reopen(db: Db, id: number, terms: Terms): Promise<readonly Notice[]> {
  const row = await findRow(db, id);
  if (row?.state !== 'received') return [];
  if (row.endings > 1) {
    await noteEndings(db, id, row.endings - 1);
    return [];
  }
  const gift = await findGift(db, row.gift_id);
  if (gift.remove_at === null || gift.remove_at <= terms.now) return [];
  if (await isReported(db, id)) return [];
  await db
    .updateTable('delivery')
    .set({
      state: 'open',
      lease_until: terms.leaseUntil,
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
  await endGift(db, gift, { state: 'leased', remove_at: null, purge_at: null });
  await count(db, gift.pool_id, together(one('delivered_total', -1), one('reopened_total', 1)));
  await uncountDelivery(db, gift.pool_id, row.received_at);
  return giverNotice(db, gift.id, 'reopened');
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
export async function noteRestart(db: Db): Promise<void> {
  await db
    .updateTable('delivery')
    .set({ in_doubt: 1 })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('delivery as open')
        .select('open.id')
        .where(isUnderWay)
        .where('open.state', '=', 'open')
        .orderBy('open.id')
        .forUpdate(),
    )
    .execute();
}
