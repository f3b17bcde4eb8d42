/** The rows of gifts: making, reading, locking and ending them. */
import type { Insertable } from 'kysely';
import { giftColumns } from '../schema/row-mapping.ts';
import { type Db, type GiftRow, type GiftTable, noChecks, type PoolRow } from '../schema/tables.ts';
import { applyChanges, counterChange, keptBytes, mergeChanges } from '../stats/counters.ts';
import type { Deadlines, NewGift, TicketNotice } from '../types.ts';

/** The row of a gift that is not yet in any slot. */
export const newGiftRow = (pool: PoolRow, gift: NewGift, deadlines: Deadlines): Insertable<GiftTable> => ({
  key: gift.key,
  pool_id: pool.id,
  giver: gift.giver,
  name: gift.name,
  extension: gift.extension,
  kind: gift.kind,
  mime_type: gift.mimeType,
  size: gift.size,
  sha256: gift.sha256,
  checks: gift.checks,
  state: 'leased',
  slot: null,
  given_at: deadlines.now,
  expires_at: gift.expiresAt ?? null,
  remove_at: null,
  purge_at: null,
  keep_until: null,
  thanks: null,
  address: gift.origin?.address ?? null,
});

/** See `ExchangeLedger.hasGift`. */
export async function hasGift(db: Db, key: string): Promise<boolean> {
  return (await db.selectFrom('gift').select('id').where('key', '=', key).executeTakeFirst()) !== undefined;
}

const giftById = (db: Db, id: number) => db.selectFrom('gift').select(giftColumns).where('id', '=', id);

/** Reads a gift without a lock. */
export const getGift = (db: Db, id: number): Promise<GiftRow> => giftById(db, id).executeTakeFirstOrThrow();

/** Locks a gift until the transaction ends. */
export const lockGift = (db: Db, id: number): Promise<GiftRow> =>
  giftById(db, id).forUpdate().executeTakeFirstOrThrow();

/** Locks a gift if it is pooled; does not wait for a transaction that is moving any other. */
export const lockPooledGift = (db: Db, id: number): Promise<GiftRow | undefined> =>
  giftById(db, id).where('state', '=', 'pooled').forUpdate().executeTakeFirst();

type GiftEnds = Partial<Pick<GiftTable, 'state' | 'remove_at' | 'purge_at' | 'keep_until' | 'thanks' | 'checks'>> & {
  readonly withheld?: 0 | 1;
};

/** Updates the columns about a gift's end. A reported gift keeps its bytes until `keep_until`, whatever `remove_at` says. */
export async function updateGiftEnd(
  db: Db,
  { id, keep_until }: Pick<GiftRow, 'id' | 'keep_until'>,
  ends: GiftEnds,
): Promise<void> {
  const kept = ends.remove_at == null ? {} : { remove_at: Math.max(ends.remove_at, keep_until ?? 0) };
  await db
    .updateTable('gift')
    .set({ ...ends, ...kept })
    .where('id', '=', id)
    .execute();
}

/** Takes a gift that is in no slot and has no receiver out of circulation for good. Its thanks, if any, are stale. */
export async function quarantineGift(
  db: Db,
  gift: GiftRow,
  removeAt: number | null,
  { purgeAt }: Deadlines,
): Promise<TicketNotice[]> {
  const ends = { remove_at: removeAt, purge_at: purgeAt, thanks: null };
  // Missing bytes are never removed, so that their key goes now.
  const key = removeAt === null ? { checks: noChecks } : {};
  await updateGiftEnd(db, gift, { ...ends, ...key, state: 'quarantined' });
  const ended = counterChange('quarantined_total', 1);
  const gone = removeAt === null ? [keptBytes([gift], -1)] : [];
  await applyChanges(db, gift.pool_id, mergeChanges(ended, ...gone));
  return noticeToGiver(db, gift.id, 'removed');
}

/** The notice to the giver of a gift, if the gift earned a ticket. */
export async function noticeToGiver(db: Db, giftId: number, event: TicketNotice['event']): Promise<TicketNotice[]> {
  const ticket = await db.selectFrom('ticket').select('id').where('gift_id', '=', giftId).executeTakeFirst();
  return ticket ? [{ ticketId: ticket.id, event }] : [];
}
