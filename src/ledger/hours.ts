/** What comes and goes by the hour, counted in the transaction of what it counts. */
import { hourLength, hourOf, hoursShown } from '../contract/hours.ts';
import type { HourFacts } from './ledger.ts';
import type { Db } from './tables.ts';

/** Counts one gift that came into, or reached its receiver out of, a pool. */
export async function countHour(
  db: Db,
  poolId: number,
  what: 'given' | 'delivered',
  now: number,
): Promise<void> {
  const first = { given: 0, delivered: 0, [what]: 1 };
  await db
    .insertInto('hour_count')
    .values({ pool_id: poolId, hour: hourOf(now), ...first })
    .onConflict((conflict) =>
      conflict
        .columns(['pool_id', 'hour'])
        .doUpdateSet((eb) => ({ [what]: eb(`hour_count.${what}`, '+', 1) })),
    )
    .execute();
}

/**
 * Takes a delivery back out of the very hour it was counted in, which it remembers: the hour that it is taken back in may be
 * another, and would fall below what happened in it. One that was final before hours were counted is in none of them, and
 * the row of an hour long ago may be gone.
 */
export async function uncountDelivery(
  db: Db,
  poolId: number,
  receivedAt: number | null,
): Promise<void> {
  if (receivedAt === null) return;
  await db
    .updateTable('hour_count')
    .set((eb) => ({ delivered: eb('delivered', '-', 1) }))
    .where('pool_id', '=', poolId)
    .where('hour', '=', hourOf(receivedAt))
    .execute();
}

/** Every hour that the statistics show, also those in which nothing happened. */
export async function lastHours(db: Db, poolId: number, now: number): Promise<HourFacts[]> {
  const oldest = hourOf(now) - (hoursShown - 1) * hourLength;
  const rows = await db
    .selectFrom('hour_count')
    .select(['hour', 'given', 'delivered'])
    .where('pool_id', '=', poolId)
    .where('hour', '>=', oldest)
    .execute();
  const counted = new Map(rows.map((row) => [row.hour, row]));
  return Array.from({ length: hoursShown }, (_, index) => {
    const start = oldest + index * hourLength;
    const { given = 0, delivered = 0 } = counted.get(start) ?? {};
    return { start, given, delivered };
  });
}

/** Hours are kept twice as long as they are shown: another process, or a clock set back, may still count in an older one. */
const kept = 2 * hoursShown * hourLength;

/** Deletes hours that nobody is shown any more; says how many. */
export async function purgeHours(db: Db, now: number, limit: number): Promise<number> {
  const old = await db
    .selectFrom('hour_count')
    .select(['pool_id', 'hour'])
    .where('hour', '<', now - kept)
    .limit(limit)
    .execute();
  for (const { pool_id, hour } of old) {
    await db
      .deleteFrom('hour_count')
      .where('pool_id', '=', pool_id)
      .where('hour', '=', hour)
      .execute();
  }
  return old.length;
}
