/** Hourly counts of gifts given and delivered, in the transaction that gives or delivers, in stripes (`counters.ts`). */
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
 * Subtracts a reopened delivery from the hour it was counted in, so that no hour becomes negative. Deliveries from before
 * hourly counts are in none.
 */
export async function subtractDelivery(db: Db, poolId: number, receivedAt: number | null): Promise<void> {
  if (receivedAt === null) return;
  await addToHour(db, poolId, 'delivered', receivedAt, -1);
}

/** The last hours, including those without events. */
export async function lastHours(db: Db, poolIds: readonly number[], now: number): Promise<HourCounts[]> {
  const firstHour = hourOf(now) - (hoursShown - 1) * hourLength;
  const rows = await db
    .selectFrom('hour_count')
    .select(({ fn }) => ['hour', fn.sum<number>('given').as('given'), fn.sum<number>('delivered').as('delivered')])
    .where('pool_id', 'in', poolIds)
    .where('hour', '>=', firstHour)
    .groupBy('hour')
    .execute();
  const counted = new Map(rows.map((row) => [row.hour, row]));
  return Array.from({ length: hoursShown }, (_, index) => {
    const start = firstHour + index * hourLength;
    const { given = 0, delivered = 0 } = counted.get(start) ?? {};
    return { start, given, delivered };
  });
}

/**
 * Hours are kept twice as long as they are shown, since another process or a clock set back may still count in an older one.
 */
const keptHours = 2 * hoursShown * hourLength;

/** Deletes hours that are no longer shown; answers how many. */
export async function purgeHours(db: Db, now: number, limit: number): Promise<number> {
  const old = await db
    .selectFrom('hour_count')
    .select('hour')
    .distinct()
    .where('hour', '<', now - keptHours)
    .limit(limit)
    .execute();
  for (const { hour } of old) {
    await db.deleteFrom('hour_count').where('hour', '=', hour).execute();
  }
  return old.length;
}
