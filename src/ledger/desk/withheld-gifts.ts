/** Gifts with the bytes of a review that withholds them: copies that were given before or meanwhile. */

import type { Tx } from '../engine/isolation.ts';
import { enterPool } from '../matching/enter-pool.ts';
import { lockGift, noticeToGiver, updateGiftEnd } from '../matching/gift-rows.ts';
import { findReview, isWithholding, withholdingStates } from '../matching/review-rows.ts';
import { assertCanServe } from '../matching/tickets.ts';
import { isGiftWithheld, isNoCopy } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';
import { withhold } from '../verbs/withhold.ts';

/** See `DeskLedger.deskVersion`. */
export async function deskVersion(db: Db): Promise<number> {
  const last = await db.selectFrom('audit').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return last?.id ?? 0;
}

/** See `DeskLedger.withheldHashes`. */
export async function withheldHashes(db: Db): Promise<readonly string[]> {
  const reviews = await db.selectFrom('review').select('sha256').where('state', 'in', withholdingStates).execute();
  return reviews.map(({ sha256 }) => sha256);
}

/** See `DeskLedger.firstGifts`. */
export async function firstGifts(db: Db, sha256: string): Promise<readonly string[]> {
  const gifts = db.selectFrom('gift').select('key').where('sha256', '=', sha256).where(isNoCopy);
  return (await gifts.limit(maxFirst).execute()).map(({ key }) => key);
}

/** Gifts that were given at the same moment may all count as the first. */
const maxFirst = 100;

/** See `DeskLedger.withholdGifts`. */
export async function withholdGifts(db: Db, keys: readonly string[], deadlines: Deadlines): Promise<SweepResult> {
  const notices: TicketNotice[] = [];
  let count = 0;
  for (const key of keys) {
    const gift = await db.selectFrom('gift').select(['id', 'sha256']).where('key', '=', key).executeTakeFirst();
    const review = gift && (await findReview(db, gift.sha256));
    if (!review || !isWithholding(review)) continue;
    const result = await withhold(db, gift.id, review, deadlines);
    notices.push(...result.notices);
    if (result.isWithheld) count++;
  }
  return { count, notices };
}

const released = (db: Db) =>
  db
    .selectFrom('gift')
    .innerJoin('review', 'review.sha256', 'gift.sha256')
    .select(['gift.id', 'gift.pool_id'])
    .where(isGiftWithheld)
    .where('review.state', 'not in', withholdingStates);

/** True if a gift waits for `releaseGifts`. */
export const hasReleased = async (db: Db): Promise<boolean> =>
  (await released(db).limit(1).executeTakeFirst()) !== undefined;

/**
 * See `DeskLedger.releaseGifts`. A gift whose bytes are gone stays quarantined. Throws `NeedsIsolation` if tickets wait for one that
 * returns.
 */
export async function releaseGifts(tx: Tx, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const { db } = tx;
  const notices: TicketNotice[] = [];
  const gifts = await released(db).limit(limit).execute();
  await assertCanServe(
    tx,
    gifts.map(({ pool_id }) => pool_id),
  );
  for (const { id } of gifts) {
    const gift = await lockGift(db, id);
    await updateGiftEnd(db, gift, { withheld: 0 });
    if (gift.withheld === 0 || gift.state !== 'quarantined' || gift.remove_at === null) continue;
    const back = { state: 'leased', remove_at: null, purge_at: null } as const;
    await updateGiftEnd(db, gift, back);
    await applyChanges(db, gift.pool_id, counterChange('quarantined_total', -1));
    notices.push(...(await enterPool(db, { ...gift, ...back, withheld: 0 }, deadlines)));
    notices.push(...(await noticeToGiver(db, id, 'reopened')));
  }
  return { count: gifts.length, notices };
}
