/** Counters that disagree with what they count: nothing else would ever put them right again. */
import { sql } from 'kysely';
import type { Db } from '../schema/tables.ts';
import { applyChanges } from '../stats/counters.ts';
import type { CounterName, CounterRepair } from '../types.ts';
import { exactCounterEntries, giftBalanceEntries, minimumCounterEntries } from './audit.ts';

interface Lack {
  readonly pool_id: number;
  readonly name: CounterName;
  readonly lack: number;
}

/** What is lacking, in the order in which it is added: what was given is known by all the others. */
const lacks: readonly string[] = [
  `select pool_id, name, -sum(value) as lack from (${exactCounterEntries}) as entry group by pool_id, name having sum(value) <> 0`,
  `select pool_id, name, -sum(value) as lack from (${minimumCounterEntries}) as entry group by pool_id, name having sum(value) < 0`,
  `select pool_id, 'given_total' as name, -sum(value) as lack from (${giftBalanceEntries}) as entry group by pool_id having sum(value) <> 0`,
];

/**
 * See `FoundLedger.recount`. What is lacking is added and nothing is set: who counts at the same time changes the counter
 * and what it counts in one transaction, so that what lacks stays the same, however many come in between.
 */
export async function repairCounters(db: Db): Promise<CounterRepair[]> {
  const recounted: CounterRepair[] = [];
  for (const query of lacks) {
    const { rows } = await sql.raw<Lack>(query).execute(db);
    for (const { pool_id, name, lack } of rows) {
      await applyChanges(db, pool_id, new Map([[name, lack]]));
      recounted.push({ counter: name, change: lack });
    }
  }
  return recounted;
}
