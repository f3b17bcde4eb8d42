/**
 * Halves the slots of kinds with few gifts step by step, so that draws read fewer empty slots (`slots.ts`). It also moves gifts of
 * the layout before to the slots of their kinds.
 *
 * It runs exclusively while draws go on, and a gift that is being moved is skipped by them for a moment.
 */

import { sql } from 'kysely';
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { Random, Tx } from '../engine/isolation.ts';
import { firstSlotOf, kindSlotsOf, maxKindSlots, minKindSlots } from '../matching/kind-slots.ts';
import { forgetOwedKinds } from '../matching/owed-kinds.ts';
import { emptySlots } from '../matching/slots.ts';
import { poolColumns } from '../schema/row-mapping.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import { readCounters } from '../stats/counters.ts';

/** The slots of a kind are sparse with fewer than one gift in this many. */
const sparse = 4;

/** How many gifts are moved at once, and how many slots side by side are looked at for them, in how many places. */
const maxMovedPerStep = 256;
const windowSize = 1024;
const maxWindows = 4;

/** A kind with far more slots than gifts. */
interface SparseKind {
  readonly pool: PoolRow;
  readonly kind: FileKind;
  readonly slots: number;
}

/** True if `compactSlots` has something to do. */
export async function isCompactionDue(db: Db): Promise<boolean> {
  for (const pool of await readPools(db)) {
    if (pool.ungrouped === 1 || pool.owed_kinds !== 0 || (hadLayoutBefore(pool) && (await hasUngrouped(db, pool))))
      return true;
  }
  return (await findSparseKinds(db)).length > 0;
}

/** False for a pool that never had slots of no kind, such as that of a room. */
const hadLayoutBefore = ({ slots }: PoolRow): boolean => slots > 0;

const readPools = (db: Db) => db.selectFrom('pool').select(poolColumns).orderBy('id').execute();

async function findSparseKinds(db: Db): Promise<SparseKind[]> {
  const found: SparseKind[] = [];
  for (const pool of await readPools(db)) {
    const kindSlots = kindSlotsOf(pool);
    const large = fileKinds.filter((kind) => (kindSlots[kind] ?? 0) > minKindSlots);
    if (large.length === 0) continue;
    const counters = await readCounters(db, [pool.id]);
    for (const kind of large) {
      const slots = kindSlots[kind] ?? 0;
      if ((counters.get(`gifts/${kind}`) ?? 0) * sparse < slots) found.push({ pool, kind, slots });
    }
  }
  return found;
}

/** See `MaintenanceLedger.compactSlots`. */
export async function compactSlots({ db, random }: Tx): Promise<number> {
  let done = 0;
  for (const pool of await readPools(db)) {
    if (hadLayoutBefore(pool)) done += await regroup(db, pool);
    if (pool.owed_kinds !== 0) done += await forgetOwedKinds(db, pool.id);
  }
  for (const sparseKind of await findSparseKinds(db)) done += await compact(db, sparseKind, random);
  return done;
}

/** Moves some gifts of a sparse kind down, and removes the upper half of its slots once it is empty. */
async function compact(db: Db, { pool, kind, slots }: SparseKind, random: Random): Promise<number> {
  const half = Math.max(minKindSlots, Math.ceil(slots / 2));
  const moved = await moveDown(db, pool, kind, half, random);
  if (await isTakenAbove(db, pool, kind, half)) return moved;
  const { kind_slots } = await db
    .selectFrom('pool')
    .select('kind_slots')
    .where('id', '=', pool.id)
    .executeTakeFirstOrThrow();
  const fewer = JSON.stringify({ ...kindSlotsOf({ kind_slots }), [kind]: half });
  await db.updateTable('pool').set({ kind_slots: fewer }).where('id', '=', pool.id).execute();
  return moved + 1;
}

async function moveDown(db: Db, pool: PoolRow, kind: FileKind, half: number, random: Random): Promise<number> {
  const above = await takenAbove(db, pool, kind, half)
    .orderBy('slot')
    .limit(maxMovedPerStep)
    .forUpdate()
    .skipLocked()
    .execute();
  if (above.length === 0) return 0;
  const empty = await emptyBelow(db, pool.id, { kind, half, wanted: above.length }, random);
  return moveGifts(
    db,
    empty.map((slot, index) => [above[index]?.id ?? 0, slot]),
  );
}

const takenAbove = (db: Db, pool: PoolRow, kind: FileKind, half: number) =>
  db
    .selectFrom('gift')
    .select('id')
    .where('pool_id', '=', pool.id)
    .where('slot', '>=', firstSlotOf(kind) + half)
    .where('slot', '<', firstSlotOf(kind) + maxKindSlots);

/** Counts slots of gifts that a concurrent draw is taking, since it may roll back. */
const isTakenAbove = async (db: Db, pool: PoolRow, kind: FileKind, half: number): Promise<boolean> =>
  (await takenAbove(db, pool, kind, half).limit(1).executeTakeFirst()) !== undefined;

interface LowerHalf {
  readonly kind: FileKind;
  readonly half: number;
  readonly wanted: number;
}

/** Finds empty slots in the lower half, of which at least half are empty. */
async function emptyBelow(
  db: Db,
  poolId: number,
  { kind, half, wanted }: LowerHalf,
  random: Random,
): Promise<number[]> {
  const empty = new Set<number>();
  const width = Math.min(windowSize, half);
  for (let look = 0; look < maxWindows && empty.size < wanted; look++) {
    const first = firstSlotOf(kind) + random(half - width + 1);
    const rows = await db
      .selectFrom('gift')
      .select('slot')
      .where('pool_id', '=', poolId)
      .where('slot', '>=', first)
      .where('slot', '<', first + width)
      .execute();
    const taken = new Set(rows.map(({ slot }) => slot));
    for (let slot = first; slot < first + width && empty.size < wanted; slot++) {
      if (!taken.has(slot)) empty.add(slot);
    }
  }
  return [...empty];
}

/** Moves gifts to empty slots. */
async function moveGifts(db: Db, moves: readonly (readonly [id: number, slot: number])[]): Promise<number> {
  if (moves.length === 0) return 0;
  const values = moves.map(([id, slot]) => sql`(cast(${id} as bigint), cast(${slot} as bigint))`);
  // Both engines call the columns of a list of values so.
  const move = sql<{ column1: number; column2: number }>`(values ${sql.join(values)})`.as('move');
  await db
    .updateTable('gift')
    .from(move)
    .set((eb) => ({ slot: eb.ref('move.column2') }))
    .whereRef('gift.id', '=', 'move.column1')
    .execute();
  return moves.length;
}

const ungrouped = (db: Db, pool: PoolRow) =>
  db
    .selectFrom('gift')
    .select(['id', 'kind'])
    .where('pool_id', '=', pool.id)
    // The first kind begins behind them.
    .where('slot', '<', maxKindSlots);

const hasUngrouped = async (db: Db, pool: PoolRow): Promise<boolean> =>
  (await ungrouped(db, pool).limit(1).executeTakeFirst()) !== undefined;

/**
 * Moves some gifts from the slots of the layout before to those of their kinds. An older process beside this one may still fill
 * such slots, so they count again as soon as one is taken.
 */
async function regroup(db: Db, pool: PoolRow): Promise<number> {
  const gifts = await ungrouped(db, pool).orderBy('slot').limit(maxMovedPerStep).forUpdate().skipLocked().execute();
  const isUngrouped = gifts.length > 0 || (await hasUngrouped(db, pool)) ? 1 : 0;
  if (isUngrouped !== pool.ungrouped)
    await db.updateTable('pool').set({ ungrouped: isUngrouped }).where('id', '=', pool.id).execute();
  if (gifts.length === 0) return 0;
  const byKind = Map.groupBy(gifts, ({ kind }) => kind);
  const slots = await emptySlots(db, pool.id, new Map([...byKind].map(([kind, all]) => [kind, all.length])));
  return moveGifts(
    db,
    [...byKind].flatMap(([kind, all]) => all.map(({ id }, index) => [id, slots.get(kind)?.[index] ?? 0] as const)),
  );
}
