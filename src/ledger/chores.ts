/** What one process does for all, now and then: who does it is whoever asks first. */
import type { Db } from './tables.ts';

/** See `Ledger.claimChore`: one conditional statement, so that two who ask at the same time do not both get it. */
export async function claimChore(
  db: Db,
  name: string,
  now: number,
  every: number,
): Promise<boolean> {
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
            // By a clock that was wrong.
            eb('chore.claimed_at', '>', now + every),
          ]),
        ),
    )
    .returning('name')
    .executeTakeFirst();
  return claimed !== undefined;
}
