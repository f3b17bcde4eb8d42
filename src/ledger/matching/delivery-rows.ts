/** The rows of deliveries: reading and locking them, and what several verbs change in them. */
import { cachedQuery } from '../engine/query-cache.ts';
import { isDeliveryActive, isDeliveryClaimed } from '../schema/index-predicates.ts';
import { deliveryColumns, deliveryFacts, giftColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import type { Deadlines, DeliveryFacts } from '../types.ts';

const deliveries = (db: Db) => db.selectFrom('delivery').select(deliveryColumns);

async function withGift(db: Db, row: DeliveryRow | undefined): Promise<DeliveryFacts | undefined> {
  if (!row) return undefined;
  const gift = await db
    .selectFrom('gift')
    .select([...giftColumns, 'gift.checks'])
    .where('id', '=', row.gift_id)
    .executeTakeFirstOrThrow();
  return deliveryFacts(row, gift);
}

/** Locks a delivery until the transaction ends; undefined once its row is purged, which means that it is over. */
export const lockDelivery = (db: Db, id: number): Promise<DeliveryRow | undefined> =>
  deliveries(db).where('id', '=', id).forUpdate().executeTakeFirst();

/** Locks deliveries until the transaction ends, in the order of their ids so that two transactions never deadlock. */
export const lockDeliveries = cachedQuery((db, { ids }: { readonly ids: readonly number[] }) =>
  deliveries(db).where('id', 'in', ids).orderBy('id').forUpdate(),
);

/**
 * Locks a gift's active delivery before the gift, as every verb that ends a delivery does. A held delivery is locked after its
 * ticket, as a draw does; any other order could deadlock.
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

/** A smaller gift gets the time of this many bytes, which the minimum speed allows for the last block. */
const minRenewedSize = 128 * 1024;

/** When the lease of a gift of this size that begins now ends at the latest; null for no limit. */
export function leaseLimit({ leaseUntil, renewalPerByte }: Deadlines, size: number): number | null {
  return renewalPerByte === null ? null : leaseUntil + Math.ceil(Math.max(size, minRenewedSize) * renewalPerByte);
}

/** A delivery with its gift. Throws when there is none with this id. */
export async function readDelivery(db: Db, id: number): Promise<DeliveryFacts> {
  const row = await deliveries(db).where('id', '=', id).executeTakeFirstOrThrow();
  return (await withGift(db, row)) as DeliveryFacts;
}

/** See `DeliveryLedger.findDelivery`. */
export const findDelivery = async (db: Db, secretHash: string): Promise<DeliveryFacts | undefined> =>
  withGift(db, await deliveries(db).where('secret_hash', '=', secretHash).executeTakeFirst());

/** The gift that is held for a ready ticket. */
export async function heldGift(db: Db, ticketId: number): Promise<number> {
  const held = db.selectFrom('delivery').select('gift_id').where('ticket_id', '=', ticketId).where(isDeliveryClaimed);
  return (await held.executeTakeFirstOrThrow()).gift_id;
}

/** The active or received delivery of a drawn or spent ticket. */
export const deliveryOfTicket = async (db: Db, ticketId: number): Promise<DeliveryFacts | undefined> =>
  withGift(db, await deliveries(db).where('ticket_id', '=', ticketId).where(isDeliveryClaimed).executeTakeFirst());

/** Sets how many responses of a delivery ended well. */
export async function saveEndings(db: Db, id: number, endings: number): Promise<void> {
  await db.updateTable('delivery').set({ endings }).where('id', '=', id).execute();
}

/** Shortens the grace of a received gift, unless a report keeps its bytes for the operator. */
export async function shortenGrace(db: Db, giftId: number, { removeAt }: Deadlines): Promise<void> {
  await db
    .updateTable('gift')
    .set({ remove_at: removeAt })
    .where('id', '=', giftId)
    .where('remove_at', '>', removeAt)
    .where('keep_until', 'is', null)
    .execute();
}

/** True if the receiver of a delivery has reported it. */
export async function isReported(db: Db, id: number): Promise<boolean> {
  const report = await db.selectFrom('report').select('id').where('delivery_id', '=', id).executeTakeFirst();
  return report !== undefined;
}
