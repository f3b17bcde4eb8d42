/** Leader election per periodic job: the first process that asks in a period runs it. */

import type { Db } from '../schema/tables.ts';
import type { JobState } from '../types.ts';

/** See `CoordinationLedger.claimJob`. One conditional statement, so that two processes never both claim a job. */
export async function claimJob(db: Db, name: string, now: number, every: number): Promise<boolean> {
  const claimed = await db
    .insertInto('chore')
    .values({ name, claimed_at: now })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ claimed_at: now })
        .where(({ or, eb }) =>
          or([
            eb('chore.claimed_at', '<=', now - every),
            // A claim in the future comes from a wrong clock.
            eb('chore.claimed_at', '>', now + every),
          ]),
        ),
    )
    .returning('name')
    .executeTakeFirst();
  return claimed !== undefined;
}

/** See `CoordinationLedger.saveJobState`. */
export async function saveJobState(db: Db, name: string, { at, found }: JobState): Promise<void> {
  const state = { done_at: at, found: JSON.stringify(found) };
  await db
    .insertInto('chore')
    .values({ name, claimed_at: at, ...state })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(state))
    .execute();
}

/** See `CoordinationLedger.findJobState`. */
export async function findJobState(db: Db, name: string): Promise<JobState | undefined> {
  const row = await db.selectFrom('chore').select(['done_at', 'found']).where('name', '=', name).executeTakeFirst();
  if (row?.done_at == null || row.found === null) return undefined;
  return { at: row.done_at, found: JSON.parse(row.found) as JobState['found'] };
}
