/**
 * Halves the slots of a sparse pool step by step, so that draws read fewer empty slots; see `slots.ts`. It runs exclusively
 * while draws go on, and a gift that is being moved is skipped by them for a moment.
 */

import { sql } from 'kysely';
import type { Random, Tx } from '../engine/isolation.ts';
import { poolColumns } from '../schema/row-mapping.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import { minSlots } from '../schema/tables.ts';
import { readBacking } from '../stats/counters.ts';

/** A pool is sparse with fewer than one gift in this many slots. */
const sparse = 4;

/** How many gifts are moved at once, and how many slots side by side are looked at for them, in how many places. */
const maxMovedPerStep = 256;
const windowSize = 1024;
const maxWindows = 4;

/** The pools that have far more slots than gifts. */
export async function findSparsePools(db: Db): Promise<PoolRow[]> {
  const pools = await db.selectFrom('pool').select(poolColumns).where('slots', '>', minSlots).orderBy('id').execute();
  const found = [];
  for (const pool of pools) {
    const { gifts } = await readBacking(db, pool.id);
    if (gifts * sparse < pool.slots) found.push(pool);
  }
  return found;
}

/** See `MaintenanceLedger.compactSlots`. Moves some gifts down, and removes the upper half of the slots once it is empty. */
export async function compactSlots({ db, random }: Tx): Promise<number> {
  let done = 0;
  for (const pool of await findSparsePools(db)) {
    const half = Math.max(minSlots, Math.ceil(pool.slots / 2));
    done += await moveDown(db, pool, half, random);
    if (await isTakenAbove(db, pool, half)) continue;
    await db.updateTable('pool').set({ slots: half }).where('id', '=', pool.id).execute();
    done++;
  }
  return done;
}

async function moveDown(db: Db, pool: PoolRow, half: number, random: Random): Promise<number> {
  const above = await db
    .selectFrom('gift')
    .select('id')
    .where('pool_id', '=', pool.id)
    .where('slot', '>', half)
    .orderBy('slot')
    .limit(maxMovedPerStep)
    .forUpdate()
    .skipLocked()
    .execute();
  if (above.length === 0) return 0;
  const empty = await emptySlots(db, pool.id, half, above.length, random);
  const moves = empty.map((slot, index) => sql`(cast(${above[index]?.id} as bigint), cast(${slot} as bigint))`);
  if (moves.length === 0) return 0;
  // Both engines call the columns of a list of values so.
  const move = sql<{ column1: number; column2: number }>`(values ${sql.join(moves)})`.as('move');
  await db
    .updateTable('gift')
    .from(move)
    .set((eb) => ({ slot: eb.ref('move.column2') }))
    .whereRef('gift.id', '=', 'move.column1')
    .execute();
  return moves.length;
}

/** Finds empty slots in the lower half, of which at least half are empty. */
async function emptySlots(db: Db, poolId: number, half: number, wanted: number, random: Random): Promise<number[]> {
  const empty = new Set<number>();
  for (let look = 0; look < maxWindows && empty.size < wanted; look++) {
    const first = 1 + random(half - windowSize + 1);
    const rows = await db
      .selectFrom('gift')
      .select('slot')
      .where('pool_id', '=', poolId)
      .where('slot', '>=', first)
      .where('slot', '<', first + windowSize)
      .execute();
    const taken = new Set(rows.map(({ slot }) => slot));
    for (let slot = first; slot < first + windowSize && empty.size < wanted; slot++) {
      if (!taken.has(slot)) empty.add(slot);
    }
  }
  return [...empty];
}

/** Counts slots of gifts that a concurrent draw is taking, since it may roll back. */
async function isTakenAbove(db: Db, pool: PoolRow, half: number): Promise<boolean> {
  const gift = await db
    .selectFrom('gift')
    .select('id')
    .where('pool_id', '=', pool.id)
    .where('slot', '>', half)
    .limit(1)
    .executeTakeFirst();
  return gift !== undefined;
}
