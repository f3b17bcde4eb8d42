/** The usage of rate limits by all processes, per minute and hashed address. */

import type { RateUsage } from '../limit-types.ts';
import type { Db } from '../schema/tables.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** See `CoordinationLedger.recordUsage`. Rows are in one order, so that two transactions never deadlock. */
export async function recordUsage(db: Db, now: number, usage: readonly RateUsage[]): Promise<RateUsage[]> {
  const rows = usage
    .map((one) => ({ minute: Math.floor(now / minute), ...one }))
    .sort((a, b) => (a.address + a.purpose < b.address + b.purpose ? -1 : 1));
  if (rows.length === 0) return [];
  return db
    .insertInto('spending')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['minute', 'address', 'purpose'])
        .doUpdateSet((eb) => ({ spent: eb('spending.spent', '+', eb.ref('excluded.spent')) })),
    )
    .returning(['address', 'purpose', 'spent'])
    .execute();
}

/** See `CoordinationLedger.addressHashKey`. */
export async function addressHashKey(db: Db, now: number, proposal: string): Promise<string> {
  const today = Math.floor(now / day);
  await db
    .insertInto('address_key')
    .values({ day: today, key: proposal })
    .onConflict((conflict) => conflict.column('day').doNothing())
    .execute();
  const { key } = await db.selectFrom('address_key').select('key').where('day', '=', today).executeTakeFirstOrThrow();
  return key;
}

/** Past minutes and days are kept a little longer, since the clocks of machines differ. */
const keptMinutes = 3;

/** Deletes usage of past minutes and keys of past days; answers how many. */
export async function purgeRateUsage(db: Db, now: number): Promise<number> {
  const spent = await db
    .deleteFrom('spending')
    .where('minute', '<', Math.floor(now / minute) - keptMinutes)
    .executeTakeFirst();
  const keys = await db
    .deleteFrom('address_key')
    .where('day', '<', Math.floor((now - keptMinutes * minute) / day))
    .executeTakeFirst();
  return Number(spent.numDeletedRows + keys.numDeletedRows);
}
