/**
 * Open slots: a pool has m slots, of which n hold a gift each, and draws roll 1…m (`random-pick.ts`). A draw writes only the
 * gift's own row, so that concurrent draws do not conflict.
 *
 * m doubles when an empty slot is hard to find, and `compact-slots.ts` halves it.
 */
import { sql } from 'kysely';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import { applyChanges, counterChange, giftChanges, mergeChanges } from '../stats/counters.ts';

/** How many adjacent slots one attempt reads, and after how many attempts the pool grows. */
const windowSize = 64;
const maxWindows = 4;

type Shelved = Pick<GiftRow, 'id' | 'pool_id' | 'kind' | 'size' | 'extension'>;

/** Puts a gift into the pool. */
export async function putInSlot(db: Db, gift: Shelved): Promise<void> {
  const [slot = null] = await emptySlots(db, gift.pool_id, 1);
  await db.updateTable('gift').set({ state: 'pooled', slot }).where('id', '=', gift.id).execute();
  await applyChanges(db, gift.pool_id, giftChanges(gift, 1));
}

/** Takes a pooled gift, whose row is locked, out of its slot and sets its state. */
export async function takeFromSlot(db: Db, gift: Shelved, state: Exclude<GiftRow['state'], 'pooled'>): Promise<void> {
  await db.updateTable('gift').set({ state, slot: null }).where('id', '=', gift.id).execute();
  const isOver = state === 'withdrawn' || state === 'expired';
  const ended = isOver ? [counterChange(`${state}_total`, 1)] : [];
  await applyChanges(db, gift.pool_id, mergeChanges(giftChanges(gift, -1), ...ended));
}

/**
 * Finds empty slots, and adds slots when few are left. Each transaction starts at a place of its own (`rfx_place`), so that
 * concurrent gives rarely want the same slot.
 */
export async function emptySlots(db: Db, poolId: number, wanted: number): Promise<number[]> {
  const found = new Set<number>();
  const width = Math.max(windowSize, 4 * wanted);
  for (let attempt = 1; ; attempt++) {
    const [pool] = await placeIn(db, { poolId });
    const { slots, place } = pool as { slots: number; place: number };
    const first = 1 + Math.floor(scatter(place + attempt) * slots);
    for (const slot of await emptyFrom(db, poolId, first, Math.min(first + width, slots + 1))) {
      found.add(slot);
      if (found.size === wanted) return [...found];
    }
    if (attempt % maxWindows === 0) await grow(db, poolId, slots);
  }
}

const placeIn = cachedQuery((db, { poolId }: { poolId: number }) =>
  db
    .selectFrom('pool')
    .select(['slots', sql<number>`rfx_place()`.as('place')])
    .where('id', '=', poolId),
);

/** Scatters consecutive numbers over 0 to 1 (Knuth's multiplicative hash). */
const scatter = (number: number) => (Math.imul(number, 0x9e3779b1) >>> 0) / 2 ** 32;

async function emptyFrom(db: Db, poolId: number, start: number, end: number): Promise<number[]> {
  const rows = await takenFrom(db, { poolId, start, end });
  const taken = new Set(rows.map(({ slot }) => slot));
  return Array.from({ length: end - start }, (_, index) => start + index).filter((slot) => !taken.has(slot));
}

const takenFrom = cachedQuery((db, range: { poolId: number; start: number; end: number }) =>
  db
    .selectFrom('gift')
    .select('slot')
    .where('pool_id', '=', range.poolId)
    .where('slot', '>=', range.start)
    .where('slot', '<', range.end),
);

/** Doubles the slots, unless a concurrent transaction did. */
async function grow(db: Db, poolId: number, slots: number): Promise<void> {
  await db
    .updateTable('pool')
    .set({ slots: slots * 2 })
    .where('id', '=', poolId)
    .where('slots', '=', slots)
    .execute();
}
