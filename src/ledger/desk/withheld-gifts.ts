/** Gifts with the bytes of a review that withholds them: copies that were given before or meanwhile. */
import { findReview, isWithholding, withholdingStates } from '../matching/review-rows.ts';
import type { Db } from '../schema/tables.ts';
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
