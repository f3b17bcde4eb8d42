/** Quarantine: gifts whose bytes are missing or damaged leave circulation, and their tickets are open again. */

import { lockActiveDelivery, shortenGrace } from '../matching/delivery-rows.ts';
import { lockGift, quarantineGift } from '../matching/gift-rows.ts';
import { takeFromSlot } from '../matching/slots.ts';
import { reopenTicket } from '../matching/tickets.ts';
import { isDeliveryActive } from '../schema/index-predicates.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';

/** See `DeliveryLedger.quarantine`. The damaged bytes stay for a while as evidence. */
export async function quarantine(db: Db, id: number, deadlines: Deadlines): Promise<readonly TicketNotice[]> {
  const row = await db
    .selectFrom('delivery')
    .select(['state', 'gift_id'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row?.state === 'received') {
    await shortenGrace(db, row.gift_id, { ...deadlines, removeAt: deadlines.now });
  }
  if (row?.state !== 'open') return [];
  return removeFromCirculation(db, await lockGift(db, row.gift_id), 'damaged', deadlines.purgeAt, deadlines);
}

/** See `Ledger.quarantineMissing`. */
export const quarantineMissing = (db: Db, keys: readonly string[], deadlines: Deadlines) =>
  quarantineKeys(db, keys, null, deadlines);

/** See `ExistingLedger.quarantineDamaged`. */
export const quarantineDamaged = (db: Db, keys: readonly string[], deadlines: Deadlines) =>
  quarantineKeys(db, keys, deadlines.purgeAt, deadlines);

/** See `Ledger.quarantineBlocked`. */
export async function quarantineBlocked(db: Db, keys: readonly string[], deadlines: Deadlines): Promise<SweepResult> {
  const delivered = db.selectFrom('gift').select('id').where('key', 'in', keys).where('state', '=', 'delivered');
  for (const { id } of await delivered.execute()) await shortenGrace(db, id, { ...deadlines, removeAt: deadlines.now });
  return quarantineKeys(db, keys, deadlines.keepUntil, deadlines);
}

async function quarantineKeys(
  db: Db,
  keys: readonly string[],
  removeAt: number | null,
  deadlines: Deadlines,
): Promise<SweepResult> {
  const notices: TicketNotice[] = [];
  let taken = 0;
  for (const key of keys) {
    const seen = await db.selectFrom('gift').select(['id', 'state']).where('key', '=', key).executeTakeFirst();
    if (!isInCirculation(seen)) continue;
    if (seen.state === 'leased') await lockActiveDelivery(db, seen.id);
    const gift = await lockGift(db, seen.id);
    if (!isInCirculation(gift)) continue;
    notices.push(...(await removeFromCirculation(db, gift, 'damaged', removeAt, deadlines)));
    taken++;
  }
  return { count: taken, notices };
}

const isInCirculation = <T extends Pick<GiftRow, 'state'>>(gift: T | undefined): gift is T =>
  gift?.state === 'pooled' || gift?.state === 'leased';

/** Takes a gift out of the pool, or ends its active delivery as `end` says. */
export async function removeFromCirculation(
  db: Db,
  gift: GiftRow,
  end: 'damaged' | 'lapsed',
  removeAt: number | null,
  deadlines: Deadlines,
): Promise<TicketNotice[]> {
  if (gift.state === 'pooled') await leavePool(db, gift);
  const notices = gift.state === 'pooled' ? [] : await endActiveDelivery(db, gift.id, end, deadlines);
  return [...(await quarantineGift(db, gift, removeAt, deadlines)), ...notices];
}

/** Takes a pooled gift out of its slot; `quarantineGift` ends it. */
export const leavePool = (db: Db, gift: GiftRow): Promise<void> => takeFromSlot(db, gift, 'quarantined');

/** Ends the active delivery of a gift; its ticket is good again. */
export async function endActiveDelivery(
  db: Db,
  giftId: number,
  end: 'damaged' | 'lapsed',
  deadlines: Deadlines,
): Promise<TicketNotice[]> {
  const { ticket_id } = await db
    .updateTable('delivery')
    .set({ state: end, purge_at: deadlines.purgeAt })
    .where('gift_id', '=', giftId)
    .where(isDeliveryActive)
    .returning('ticket_id')
    .executeTakeFirstOrThrow();
  return ticket_id === null ? [] : [await reopenTicket(db, ticket_id)];
}
