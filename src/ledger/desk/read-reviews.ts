/** Reviews with their reports, for the desk. */
import { maxReports, type ReportFacts, type ReviewFacts, type ReviewFile, type ReviewQuery } from '../desk-types.ts';
import { findReview, reviewColumns } from '../matching/review-rows.ts';
import type { ReviewRow } from '../schema/desk-tables.ts';
import { isGiftWithheld } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';

/** See `DeskLedger.listReviews`. */
export async function listReviews(db: Db, { state, after, limit }: ReviewQuery): Promise<readonly ReviewFacts[]> {
  const rows = await db
    .selectFrom('review')
    .select(reviewColumns)
    .where('state', '=', state)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  const reviews: ReviewFacts[] = [];
  for (const row of rows) reviews.push(await withReports(db, row));
  return reviews;
}

/** See `DeskLedger.readReview`. */
export async function readReview(db: Db, sha256: string): Promise<ReviewFile | undefined> {
  const row = await findReview(db, sha256);
  if (!row) return undefined;
  const gifts = await db
    .selectFrom('gift')
    .select(['key', 'giver', 'state', 'given_at', 'remove_at', 'withheld'])
    .where('id', 'in', await knownGifts(db, sha256))
    .orderBy('id')
    .execute();
  const appeals = await db
    .selectFrom('appeal')
    .select(['text', 'state', 'created_at as at'])
    .where('review_id', '=', row.id)
    .orderBy('id')
    .execute();
  return {
    ...(await withReports(db, row)),
    appeals,
    gifts: gifts.map(({ key, giver, state, given_at, remove_at, withheld }) => ({
      key,
      giver,
      state,
      givenAt: given_at,
      bytesUntil: remove_at,
      isWithheld: withheld === 1,
    })),
  };
}

/** The gifts with these bytes that were reported or are withheld. The sweep finds the others. */
export async function knownGifts(db: Db, sha256: string): Promise<readonly number[]> {
  const withheld = await db
    .selectFrom('gift')
    .select('id')
    .where('sha256', '=', sha256)
    .where(isGiftWithheld)
    .execute();
  const reported = await db
    .selectFrom('report')
    .select('gift_id')
    .where('sha256', '=', sha256)
    .orderBy('id', 'desc')
    .limit(maxReports)
    .execute();
  // The rows of gifts are purged long before their reports.
  const ids = [...withheld.map(({ id }) => id), ...reported.map(({ gift_id }) => gift_id)];
  const known = await db.selectFrom('gift').select('id').where('id', 'in', ids).orderBy('id').execute();
  return known.map(({ id }) => id);
}

async function withReports(db: Db, row: ReviewRow): Promise<ReviewFacts> {
  return {
    id: row.id,
    sha256: row.sha256,
    state: row.state,
    openedAt: row.opened_at,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
    ground: row.ground,
    rule: row.rule,
    appealUntil: row.appeal_until,
    retainUntil: row.retain_until,
    reports: await reportsAbout(db, row.sha256),
  };
}

async function reportsAbout(db: Db, sha256: string): Promise<readonly ReportFacts[]> {
  const rows = await db
    .selectFrom('report')
    .select(['id', 'delivery_id', 'key', 'name', 'kind', 'mime_type', 'size', 'giver', 'reason', 'note', 'state'])
    .select(['created_at', 'party'])
    .where('sha256', '=', sha256)
    .orderBy('id', 'desc')
    .limit(maxReports)
    .execute();
  return rows.map(({ delivery_id, mime_type, created_at, ...row }) => ({
    ...row,
    delivery: delivery_id,
    mimeType: mime_type,
    at: created_at,
  }));
}
