import { Problem } from '../contract/problems.ts';
import type { Db, PoolRow, PoolTable } from './tables.ts';

type Counter = keyof Pick<
  PoolTable,
  'open_tickets' | 'given_total' | 'delivered_total' | 'quarantined_total'
>;

export async function findPool(db: Db, name: string): Promise<PoolRow> {
  const pool = await db.selectFrom('pool').selectAll().where('name', '=', name).executeTakeFirst();
  if (!pool) throw new Problem('not-found');
  return pool;
}

/** Adds to one of a pool's counters, in the transaction of what it counts. */
export async function count(
  db: Db,
  poolId: number,
  counter: Counter,
  change: 1 | -1,
): Promise<void> {
  await db
    .updateTable('pool')
    .set((eb) => ({ [counter]: eb(counter, '+', change) }))
    .where('id', '=', poolId)
    .execute();
}
