/** The keys that addresses of reporters are hashed with, and the end of what they made. */
import type { Db } from '../schema/tables.ts';

/** See `DeskLedger.partyKeys`. */
export async function partyKeys(db: Db, period: number, proposal: string): Promise<readonly string[]> {
  await db
    .insertInto('party_key')
    .values({ period, key: proposal })
    .onConflict((conflict) => conflict.column('period').doNothing())
    .execute();
  await db
    .deleteFrom('party_key')
    .where('period', '<', period - 1)
    .execute();
  const keys = await db
    .selectFrom('party_key')
    .select('key')
    .where('period', '<=', period)
    .orderBy('period', 'desc')
    .execute();
  return keys.map(({ key }) => key);
}

/** See `DeskLedger.forgetParties`. */
export async function forgetParties(db: Db, before: number): Promise<number> {
  const reports = await db
    .updateTable('report')
    .set({ party: null })
    .where('party', 'is not', null)
    .where('created_at', '<', before)
    .executeTakeFirst();
  const bans = await db
    .deleteFrom('ban')
    .where('subject', '=', 'party')
    .where('created_at', '<', before)
    .executeTakeFirst();
  return Number(reports.numUpdatedRows + bans.numDeletedRows);
}
