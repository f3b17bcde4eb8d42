/** Repairs counters that disagree with the rows they count. */
import { sql } from 'kysely';
import type { Db } from '../schema/tables.ts';
import { applyChanges } from '../stats/counters.ts';
import type { CounterName, CounterRepair } from '../types.ts';
import { exactCounterEntries, giftBalanceEntries, minimumCounterEntries } from './audit.ts';

interface Difference {
  readonly pool_id: number;
  readonly name: CounterName;
  readonly lack: number;
}

/** The differences, in the order in which they are added: the gifts given follow from all the others. */
const differenceQueries: readonly string[] = [
  `select pool_id, name, -sum(value) as lack from (${exactCounterEntries}) as entry group by pool_id, name having sum(value) <> 0`,
  `select pool_id, name, -sum(value) as lack from (${minimumCounterEntries}) as entry group by pool_id, name having sum(value) < 0`,
  `select pool_id, 'given_total' as name, -sum(value) as lack from (${giftBalanceEntries}) as entry group by pool_id having sum(value) <> 0`,
];

/**
 * See `ExistingLedger.repairCounters`. Adds the difference instead of setting the value, since a running service changes
 * counters and rows together.
 */
export async function repairCounters(db: Db): Promise<CounterRepair[]> {
  const repaired: CounterRepair[] = [];
  for (const query of differenceQueries) {
    const { rows } = await sql.raw<Difference>(query).execute(db);
    for (const { pool_id, name, lack } of rows) {
      await applyChanges(db, pool_id, new Map([[name, lack]]));
      repaired.push({ counter: name, change: lack });
    }
  }
  return repaired;
}
