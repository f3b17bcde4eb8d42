/** Gifts whose bytes are not, or no longer, what was given: they leave circulation, and whoever drew one draws again. */

import type { Notice, Swept, Terms } from '../ledger.ts';
import { findGift, setAside } from '../matching/gift-rows.ts';
import { unshelve } from '../matching/slots.ts';
import { makeOpen } from '../matching/tickets.ts';
import { isUnderWay } from '../schema/index-predicates.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import { endSooner, lockUnderWay } from './deliver.ts';

/** See `Ledger.quarantine`. The damaged bytes stay for a while, for whoever wants to know what happened to them. */
export async function quarantine(db: Db, id: number, terms: Terms): Promise<readonly Notice[]> {
  const row = await db
    .selectFrom('delivery')
    .select(['state', 'gift_id'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row?.state === 'received') {
    await endSooner(db, row.gift_id, { ...terms, removeAt: terms.now });
  }
  if (row?.state !== 'open') return [];
  return takeOut(db, await findGift(db, row.gift_id), 'damaged', terms.purgeAt, terms);
}

/** See `Ledger.quarantineMissing`. */
export const quarantineMissing = (db: Db, keys: readonly string[], terms: Terms) =>
  quarantineKeys(db, keys, null, terms);

/** See `FoundLedger.quarantineDamaged`. */
export const quarantineDamaged = (db: Db, keys: readonly string[], terms: Terms) =>
  quarantineKeys(db, keys, terms.purgeAt, terms);

async function quarantineKeys(
  db: Db,
  keys: readonly string[],
  removeAt: number | null,
  terms: Terms,
): Promise<Swept> {
  const notices: Notice[] = [];
  let taken = 0;
  for (const key of keys) {
    const seen = await db
      .selectFrom('gift')
      .select(['id', 'state'])
      .where('key', '=', key)
      .executeTakeFirst();
    if (!isThere(seen)) continue;
    if (seen.state === 'leased') await lockUnderWay(db, seen.id);
    const gift = await findGift(db, seen.id);
    if (!isThere(gift)) continue;
    notices.push(...(await takeOut(db, gift, 'damaged', removeAt, terms)));
    taken++;
  }
  return { count: taken, notices };
}

const isThere = <T extends Pick<GiftRow, 'state'>>(gift: T | undefined): gift is T =>
  gift?.state === 'pooled' || gift?.state === 'leased';

/** Takes a gift out of the pool, or away from whoever it is kept for or under way to: that delivery is over, as `end` says. */
export async function takeOut(
  db: Db,
  gift: GiftRow,
  end: 'damaged' | 'lapsed',
  removeAt: number | null,
  terms: Terms,
): Promise<Notice[]> {
  if (gift.state === 'pooled') await unshelve(db, gift, 'quarantined');
  const notices = gift.state === 'pooled' ? [] : await breakDelivery(db, gift.id, end, terms);
  return [...(await setAside(db, gift, removeAt, terms)), ...notices];
}

async function breakDelivery(
  db: Db,
  giftId: number,
  end: 'damaged' | 'lapsed',
  terms: Terms,
): Promise<Notice[]> {
  const { ticket_id } = await db
    .updateTable('delivery')
    .set({ state: end, purge_at: terms.purgeAt })
    .where('gift_id', '=', giftId)
    .where(isUnderWay)
    .returning('ticket_id')
    .executeTakeFirstOrThrow();
  return ticket_id === null ? [] : [await makeOpen(db, ticket_id)];
}
