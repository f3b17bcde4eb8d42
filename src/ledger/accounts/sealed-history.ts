/** The facts of histories with the names that may be sealed in them, for `rfx keys`. */
import type { SealedHistory } from '../account-types.ts';
import type { Db } from '../schema/tables.ts';

const page = 200;

/** See `AccountLedger.sealedHistory`. */
export async function sealedHistory(db: Db, after: number): Promise<readonly SealedHistory[]> {
  const rows = await db
    .selectFrom('history')
    .select(['id', 'facts'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(page)
    .execute();
  return rows.map(({ id, facts }) => ({ id, text: facts, facts: JSON.parse(facts) as SealedHistory['facts'] }));
}

/** See `AccountLedger.resealHistory`. */
export async function resealHistory(db: Db, changes: readonly SealedHistory[]): Promise<number> {
  let count = 0;
  for (const { id, text, facts } of changes) {
    const { numUpdatedRows } = await db
      .updateTable('history')
      .set({ facts: JSON.stringify(facts) })
      .where('id', '=', id)
      .where('facts', '=', text)
      .executeTakeFirst();
    count += Number(numUpdatedRows);
  }
  return count;
}
