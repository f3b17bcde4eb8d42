/** What comes and goes by the hour, counted in the transaction of what it counts, in stripes as all counters (`counters.ts`). */
import { type Insertable, sql } from 'kysely';
import { hourLength, hourOf, hoursShown } from '../../contract/vocabulary.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, HourTable } from '../schema/tables.ts';
import type { HourCounts } from '../types.ts';

/** Counts gifts that came into, or reached their receivers out of, a pool. */
export async function addToHour(
  db: Db,
  poolId: number,
  what: 'given' | 'delivered',
  now: number,
  change = 1,
): Promise<void> {
  const counts = { given: 0, delivered: 0, [what]: change };
  await addUp(db, { pool_id: poolId, hour: hourOf(now), ...counts });
}

const addUp = cachedQuery((db, hour: Omit<Insertable<HourTable>, 'stripe'>) =>
  db
    .insertInto('hour_count')
    .values({ ...hour, stripe: sql<number>`rfx_stripe()` })
    .onConflict((conflict) =>
      conflict.columns(['pool_id', 'hour', 'stripe']).doUpdateSet((eb) => ({
        given: eb('hour_count.given', '+', eb.ref('excluded.given')),
        delivered: eb('hour_count.delivered', '+', eb.ref('excluded.delivered')),
      })),
    ),
);

/**
 * Takes a delivery back out of the very hour it was counted in, which it remembers: the hour that it is taken back in may be
 * another, and would fall below what happened in it. One that was final before hours were counted is in none of them.
 */
export async function subtractDelivery(
  db: Db,
  poolId: number,
  receivedAt: number | null,
): Promise<void> {
  if (receivedAt === null) return;
  await addToHour(db, poolId, 'delivered', receivedAt, -1);
}

/** Every hour that the statistics show, also those in which nothing happened. */
export async function lastHours(db: Db, poolId: number, now: number): Promise<HourCounts[]> {
  const oldest = hourOf(now) - (hoursShown - 1) * hourLength;
  const rows = await db
    .selectFrom('hour_count')
    .select(({ fn }) => [
      'hour',
      fn.sum<number>('given').as('given'),
      fn.sum<number>('delivered').as('delivered'),
    ])
    .where('pool_id', '=', poolId)
    .where('hour', '>=', oldest)
    .groupBy('hour')
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
    .select('hour')
    .distinct()
    .where('hour', '<', now - kept)
    .limit(limit)
    .execute();
  for (const { hour } of old) {
    await db.deleteFrom('hour_count').where('hour', '=', hour).execute();
  }
  return old.length;
}
