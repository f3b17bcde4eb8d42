/** Appeals: the giver of a removed file asks the operator to look again, once for each ticket. */
import { Problem } from '../../contract/problems/problem.ts';
import { recordAudit } from '../matching/record-audit.ts';
import { findReview } from '../matching/review-rows.ts';
import type { ReviewRow } from '../schema/desk-tables.ts';
import type { Db } from '../schema/tables.ts';
import type { Deadlines } from '../types.ts';
import { keepWithheld } from './decide.ts';

/** See `DeskLedger.appeal`. */
export async function appeal(db: Db, ticketHash: string, text: string, deadlines: Deadlines): Promise<void> {
  const { now } = deadlines;
  const ticket = await db
    .selectFrom('ticket')
    .select(['id', 'sha256'])
    .where('hash', '=', ticketHash)
    .forUpdate()
    .executeTakeFirst();
  if (!ticket) throw new Problem('ticket-unknown');
  const review = await findReview(db, ticket.sha256);
  if (!review || !mayAppeal(review, now) || (await appealOf(db, ticket.id))) throw new Problem('appeal-over');
  await db
    .insertInto('appeal')
    .values({ ticket_id: ticket.id, review_id: review.id, text, state: 'open', created_at: now })
    .execute();
  await db.updateTable('review').set({ state: 'appealed' }).where('id', '=', review.id).execute();
  await recordAudit(db, { at: now, actor: 'giver', action: 'appeal', subject: review.sha256, detail: {} });
  // Its bytes are kept until the decision.
  await keepWithheld(db, { ...review, state: 'appealed' }, deadlines);
}

const mayAppeal = ({ state, appeal_until }: ReviewRow, now: number) =>
  (state === 'removed' || state === 'appealed') && (appeal_until ?? 0) > now;

const appealOf = (db: Db, ticketId: number) =>
  db.selectFrom('appeal').select('id').where('ticket_id', '=', ticketId).executeTakeFirst();
