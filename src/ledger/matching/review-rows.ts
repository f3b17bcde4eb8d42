/** The rows of reviews, each of which is about all gifts with the same bytes. */
import type { ReviewState } from '../desk-types.ts';
import type { ReviewRow } from '../schema/desk-tables.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import type { Deadlines, TicketNotice } from '../types.ts';
import { quarantineGift, updateGiftEnd } from './gift-rows.ts';

export const reviewColumns = [
  'id',
  'sha256',
  'state',
  'opened_at',
  'decided_at',
  'decided_by',
  'ground',
  'rule',
  'appeal_until',
  'retain_until',
] as const;

/** The states in which gifts may not circulate. */
export const withholdingStates: readonly ReviewState[] = ['withheld', 'removed', 'appealed'];

export const isWithholding = ({ state }: Pick<ReviewRow, 'state'>): boolean => withholdingStates.includes(state);

const reviewOf = (db: Db, sha256: string) => db.selectFrom('review').select(reviewColumns).where('sha256', '=', sha256);

export const findReview = (db: Db, sha256: string): Promise<ReviewRow | undefined> =>
  reviewOf(db, sha256).executeTakeFirst();

/** Locks the review of these bytes until the transaction ends, and opens one where there is none. */
export async function lockReview(db: Db, sha256: string, now: number): Promise<ReviewRow> {
  await db
    .insertInto('review')
    .values({ sha256, state: 'open', opened_at: now })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute();
  return reviewOf(db, sha256).forUpdate().executeTakeFirstOrThrow();
}

/** The last day of the year 9998: bytes and row of a withheld gift stay until a decision. */
const untilDecision = Date.UTC(9998, 11, 31);

/** When the bytes that a review withholds may be removed: after the time for an appeal, or not before a decision. */
export const withheldUntil = ({ state, appeal_until, retain_until }: ReviewRow, now: number): number =>
  state === 'removed' ? Math.max(now, appeal_until ?? 0, retain_until ?? 0) : untilDecision;

/** Keeps a gift that is in no slot and has no receiver from everyone. Its giver is told that it is gone. */
export async function withholdGift(
  db: Db,
  gift: GiftRow,
  review: ReviewRow,
  deadlines: Deadlines,
): Promise<TicketNotice[]> {
  const until = withheldUntil(review, deadlines.now);
  const notices = await quarantineGift(db, gift, until, { ...deadlines, purgeAt: Math.max(until, deadlines.purgeAt) });
  await updateGiftEnd(db, gift, { withheld: 1 });
  return notices;
}
