import type { Db, GiftRow } from '../schema/tables.ts';
import type { Statement } from '../statement-types.ts';
import { findReview, isWithholding } from './review-rows.ts';

/** The statement of reasons for the giver of a gift that the desk keeps from everyone, or has decided about on appeal. */
export async function findStatement(db: Db, ticketId: number, gift: GiftRow): Promise<Statement | null> {
  if (gift.withheld === 0 && gift.keep_until === null) return null;
  const review = await findReview(db, gift.sha256);
  if (!review) return null;
  const appeal = await db.selectFrom('appeal').select('state').where('ticket_id', '=', ticketId).executeTakeFirst();
  const isAbout = isWithholding(review) && (gift.withheld === 1 || review.state !== 'withheld');
  if (!isAbout && !appeal) return null;
  const { ground, rule, decided_by, decided_at, appeal_until } = review;
  return {
    state: isAbout ? (review.state === 'withheld' ? 'withheld' : 'removed') : 'restored',
    ground,
    rule,
    decidedBy: decided_by,
    decidedAt: decided_at,
    appealUntil: isAbout ? appeal_until : null,
    appeal: appeal?.state ?? null,
  };
}
