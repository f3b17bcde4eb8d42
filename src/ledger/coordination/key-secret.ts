/** The secret behind idempotency keys: a key that is guessed opens no ticket. */

import type { Db } from '../schema/tables.ts';
import type { KeySecret } from '../types.ts';

/** See `CoordinationLedger.keySecret`. The first of several concurrent proposals wins. */
export async function keySecret(db: Db, now: number, proposal: string): Promise<KeySecret> {
  const earlier = await db.selectFrom('ticket').select('id').limit(1).executeTakeFirst();
  await db
    .insertInto('key_secret')
    .values({ one: 1, secret: proposal, since: earlier ? now : 0 })
    .onConflict((conflict) => conflict.column('one').doNothing())
    .execute();
  return db.selectFrom('key_secret').select(['secret', 'since']).executeTakeFirstOrThrow();
}
