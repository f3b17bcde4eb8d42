/** Reports: each is recorded for the operator, and several parties together take a file out of the pool. */

import type { ReportDetails, ReportResult } from '../desk-types.ts';
import { isReported, lockActiveDelivery, lockDelivery } from '../matching/delivery-rows.ts';
import { getGift, lockGift, updateGiftEnd } from '../matching/gift-rows.ts';
import { recordAudit } from '../matching/record-audit.ts';
import { isWithholding, lockReview } from '../matching/review-rows.ts';
import type { ReviewRow } from '../schema/desk-tables.ts';
import { giftFacts } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow, GiftRow } from '../schema/tables.ts';
import type { Deadlines } from '../types.ts';
import { withhold } from './withhold.ts';

/** How many parties must have reported the same bytes before they leave the pool without a decision. */
const minParties = 3;
/** The reports of a party do not count after this many were dismissed, and none upheld. */
const maxDismissed = 3;

/** See `Ledger.report`. The delivery goes on: a report is no way to end one without its bytes. */
export async function report(
  db: Db,
  id: number,
  { parties, ...complaint }: ReportDetails,
  deadlines: Deadlines,
): Promise<ReportResult | undefined> {
  const row = await lockDelivery(db, id);
  if (!row || row.state === 'held' || row.state === 'damaged') return undefined;
  await lockActiveDelivery(db, row.gift_id);
  const gift = await lockGift(db, row.gift_id);
  if (!(await isReported(db, id))) await keepBytes(db, gift, deadlines);
  const review = await lockReview(db, gift.sha256, deadlines.now);
  const party = await knownParty(db, gift.sha256, parties);
  const reportId = await note(db, row, gift, { ...complaint, party }, review, deadlines);
  const judged = await judge(db, review, complaint.reason, deadlines);
  const { notices } = isWithholding(judged) ? await withhold(db, gift.id, judged, deadlines) : { notices: [] };
  return { reportId, gift: giftFacts(await getGift(db, gift.id)), notices };
}

/**
 * Keeps the bytes for the operator, whatever later ends the gift. Once a delivery, or its receiver could keep them here for
 * good.
 */
async function keepBytes(db: Db, gift: GiftRow, deadlines: Deadlines): Promise<void> {
  const keep_until = Math.max(deadlines.keepUntil, gift.keep_until ?? 0);
  await updateGiftEnd(db, { id: gift.id, keep_until }, { keep_until, remove_at: gift.remove_at });
}

/** The hash under which the party has reported these bytes before, or that under the newest key. */
async function knownParty(db: Db, sha256: string, parties: readonly string[]): Promise<string | null> {
  if (parties.length === 0) return null;
  const before = await db
    .selectFrom('report')
    .select('party')
    .where('sha256', '=', sha256)
    .where('party', 'in', parties)
    .limit(1)
    .executeTakeFirst();
  return before?.party ?? parties[0] ?? null;
}

/** Withholds the bytes once enough parties have reported them since the last decision. */
async function judge(
  db: Db,
  review: ReviewRow,
  ground: ReportDetails['reason'],
  { now }: Deadlines,
): Promise<ReviewRow> {
  if (isWithholding(review) || (await countParties(db, review.sha256)) < minParties) return review;
  const decision = { state: 'withheld', decided_at: now, decided_by: 'automatic', ground, rule: null } as const;
  await db.updateTable('review').set(decision).where('id', '=', review.id).execute();
  await recordAudit(db, {
    at: now,
    actor: 'automatic',
    action: 'withhold',
    subject: review.sha256,
    detail: { before: review.state, ground },
  });
  return { ...review, ...decision };
}

/** Counts the parties with an open report of these bytes, up to `minParties`; those that are always wrong do not count. */
async function countParties(db: Db, sha256: string): Promise<number> {
  const reports = await db
    .selectFrom('report')
    .select('party')
    .where('sha256', '=', sha256)
    .where('state', '=', 'open')
    .where('party', 'is not', null)
    .execute();
  let count = 0;
  for (const party of new Set(reports.map(({ party }) => party))) {
    if (count < minParties && party !== null && (await isCounted(db, party))) count++;
  }
  return count;
}

async function isCounted(db: Db, party: string): Promise<boolean> {
  const banned = await db
    .selectFrom('ban')
    .select('id')
    .where('value', '=', party)
    .where('subject', '=', 'party')
    .executeTakeFirst();
  if (banned) return false;
  const dismissed = await reportsOf(db, party, 'dismissed').limit(maxDismissed).execute();
  return dismissed.length < maxDismissed || (await reportsOf(db, party, 'upheld').executeTakeFirst()) !== undefined;
}

const reportsOf = (db: Db, party: string, state: 'dismissed' | 'upheld') =>
  db.selectFrom('report').select('id').where('party', '=', party).where('state', '=', state);

/** Copies the facts of the gift, whose own rows are purged long before the operator looks. */
async function note(
  db: Db,
  { id, gift_id }: DeliveryRow,
  gift: GiftRow,
  complaint: Omit<ReportDetails, 'parties'> & { readonly party: string | null },
  review: ReviewRow,
  deadlines: Deadlines,
): Promise<number> {
  const { key, sha256, name, mime_type, kind, size, giver } = gift;
  const about = { key, sha256, name, mime_type, kind, size, giver };
  const row = await db
    .insertInto('report')
    .values({
      delivery_id: id,
      gift_id,
      ...about,
      ...complaint,
      state: review.state === 'removed' || review.state === 'appealed' ? 'upheld' : 'open',
      created_at: deadlines.now,
    })
    .onConflict((conflict) => conflict.column('delivery_id').doUpdateSet(complaint))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
