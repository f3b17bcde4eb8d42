/** Decisions of the desk. Each is about all gifts with the same bytes. */
import { sql } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { AuditEntry, DeskDecision } from '../desk-types.ts';
import { recordAudit } from '../matching/record-audit.ts';
import { findReview, isWithholding, lockReview, withheldUntil } from '../matching/review-rows.ts';
import type { ReviewRow } from '../schema/desk-tables.ts';
import { isGiftWithheld } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';
import type { Deadlines, TicketNotice } from '../types.ts';
import { withhold } from '../verbs/withhold.ts';
import { knownGifts } from './read-reviews.ts';

/** See `DeskLedger.decide`. Copies that were never reported follow with the next sweep. */
export async function decide(
  db: Db,
  sha256: string,
  decision: DeskDecision,
  actor: AuditEntry['actor'],
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  const { now } = deadlines;
  if (decision.action !== 'remove' && !(await findReview(db, sha256)))
    throw new Problem('not-found', { detail: 'There is no review of such a file.' });
  const before = await lockReview(db, sha256, now);
  const changes = await changesOf(db, before, decision, now);
  await db.updateTable('review').set(changes).where('id', '=', before.id).execute();
  await recordAudit(db, {
    at: now,
    actor,
    action: decision.action,
    subject: sha256,
    detail: detailOf(before, changes),
  });
  const after = { ...before, ...changes };
  if (changes.state !== undefined) await judgeReports(db, after);
  await answerAppeals(db, before, after);
  await keepWithheld(db, after, deadlines);
  if (!isWithholding(after)) return [];
  const notices: TicketNotice[] = [];
  for (const id of await knownGifts(db, sha256)) notices.push(...(await withhold(db, id, after, deadlines)).notices);
  return notices;
}

type ReviewChanges = Partial<Omit<ReviewRow, 'id' | 'sha256' | 'opened_at'>>;

const undecided = { decided_at: null, decided_by: null, ground: null, rule: null, appeal_until: null } as const;

async function changesOf(db: Db, before: ReviewRow, decision: DeskDecision, now: number): Promise<ReviewChanges> {
  const decided = { ...undecided, decided_at: now, decided_by: 'person' } as const;
  switch (decision.action) {
    case 'approve':
      return { ...decided, state: 'approved' };
    case 'remove': {
      const { ground, rule, appealUntil } = decision;
      return { ...decided, state: 'removed', ground, rule, appeal_until: appealUntil };
    }
    case 'retain':
      return { retain_until: decision.until };
    case 'undo':
      return undoneBy(db, before.sha256);
  }
}

/** The last columns of a review before its last decision, which the log has. */
async function undoneBy(db: Db, sha256: string): Promise<ReviewChanges> {
  const last = await db
    .selectFrom('audit')
    .select(['action', 'detail'])
    .where('subject', '=', sha256)
    .where('action', 'in', ['approve', 'remove', 'undo', 'withhold'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.action !== 'approve' && last?.action !== 'remove')
    throw new Problem('not-found', { detail: 'There is no decision to take back.' });
  const { state, decided_at, decided_by, ground, rule, appeal_until } = JSON.parse(last.detail) as ReviewRow;
  return { state, decided_at, decided_by, ground, rule, appeal_until };
}

/** The review before the decision, and what the decision set beside its time. */
function detailOf(before: ReviewRow, after: ReviewChanges): AuditEntry['detail'] {
  const { id: _id, sha256: _sha256, opened_at: _opened, ...columns } = before;
  return {
    ...columns,
    ...(after.state === undefined ? {} : { to: after.state }),
    ...(after.ground == null ? {} : { for: after.ground }),
    ...(after.retain_until == null ? {} : { until: after.retain_until }),
  };
}

const verdicts = {
  open: 'open',
  withheld: 'open',
  approved: 'dismissed',
  removed: 'upheld',
  appealed: 'upheld',
} as const;

/** Whether the reports of these bytes were right, which counts for their parties. */
async function judgeReports(db: Db, { sha256, state }: ReviewRow): Promise<void> {
  await db
    .updateTable('report')
    .set({ state: verdicts[state] })
    .where('sha256', '=', sha256)
    .where('state', '!=', verdicts[state])
    .execute();
}

/** Any decision answers the open appeals; one that is taken back opens them again. */
async function answerAppeals(db: Db, before: ReviewRow, after: ReviewRow): Promise<void> {
  if (before.state === after.state) return;
  const appeals = db.updateTable('appeal').where('review_id', '=', before.id);
  if (after.state === 'appealed') await appeals.set({ state: 'open' }).execute();
  else {
    const state = isWithholding(after) && after.state === 'removed' ? 'refused' : 'granted';
    await appeals.set({ state }).where('state', '=', 'open').execute();
  }
}

/** Sets until when the bytes of gifts are kept that are withheld already, and prolongs that of reported ones for a legal hold. */
export async function keepWithheld(db: Db, review: ReviewRow, { now, purgeAt }: Deadlines): Promise<void> {
  const { sha256, retain_until } = review;
  if (retain_until !== null && retain_until > now) {
    const later = sql<number>`case when keep_until > ${retain_until} then keep_until else ${retain_until} end`;
    const kept = sql<number | null>`case when remove_at < ${retain_until} then ${retain_until} else remove_at end`;
    const ids = await knownGifts(db, sha256);
    await db.updateTable('gift').set({ keep_until: later, remove_at: kept }).where('id', 'in', ids).execute();
  }
  if (!isWithholding(review)) return;
  const until = withheldUntil(review, now);
  await db
    .updateTable('gift')
    .set({
      remove_at: sql<number>`case when keep_until > ${until} then keep_until else ${until} end`,
      purge_at: Math.max(until, purgeAt),
    })
    .where('sha256', '=', sha256)
    .where(isGiftWithheld)
    .where('state', '=', 'quarantined')
    .where('remove_at', 'is not', null)
    .execute();
}
