/**
 * Open slots: each kind of a pool has m slots, of which n hold a gift each, and draws roll slot numbers (`random-pick.ts`). A
 * draw writes only the gift's own row, so that concurrent draws do not conflict.
 *
 * m doubles when an empty slot is hard to find, and `compact-slots.ts` halves it.
 */
import { sql } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { FileKind } from '../../contract/vocabulary.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import { applyChanges, counterChange, giftChanges, mergeChanges } from '../stats/counters.ts';
import { firstSlotOf, type KindSlots, kindSlotsOf, maxKindSlots, minKindSlots } from './kind-slots.ts';

/** How many adjacent slots one attempt reads at least, and after how many attempts a kind gets more slots. */
const windowSize = 24;
const maxWindows = 4;

type Shelved = Pick<GiftRow, 'id' | 'pool_id' | 'kind' | 'size' | 'extension'>;

/** Puts a gift into the pool. */
export async function putInSlot(db: Db, gift: Shelved): Promise<void> {
  const slots = await emptySlots(db, gift.pool_id, new Map([[gift.kind, 1]]), gift.id);
  const [slot = null] = slots.get(gift.kind) ?? [];
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

/** Moves a pooled gift, whose row is locked, to another slot. */
export async function changeSlot(db: Db, { id, pool_id, kind }: Shelved): Promise<void> {
  const slots = await emptySlots(db, pool_id, new Map([[kind, 1]]), id);
  const [slot = null] = slots.get(kind) ?? [];
  await db.updateTable('gift').set({ slot }).where('id', '=', id).execute();
}

/**
 * Finds as many empty slots of each kind as are wanted, and adds slots when few are left. The search starts at a place of the
 * transaction (`rfx_place`) and of the gift (`offset`), so that few want the same slot. Throws `storage-full`.
 */
export async function emptySlots(
  db: Db,
  poolId: number,
  wanted: ReadonlyMap<FileKind, number>,
  offset = 0,
): Promise<ReadonlyMap<FileKind, number[]>> {
  const found = new Map([...wanted.keys()].map((kind) => [kind, new Set<number>()]));
  for (let attempt = 1; ; attempt++) {
    const [pool] = await placeIn(db, { poolId });
    const { kind_slots, place } = pool as { kind_slots: string; place: number };
    const windows = windowsFor(kindSlotsOf({ kind_slots }), wanted, found, scatter(place + offset + attempt));
    const seen = windows.flatMap(({ slots }) => slots);
    const taken = new Set(
      seen.length > 0 ? (await takenAmong(db, { poolId, slots: seen })).map(({ slot }) => slot) : [],
    );
    for (const { kind, slots } of windows) {
      const lack = (wanted.get(kind) ?? 0) - (found.get(kind)?.size ?? 0);
      for (const slot of slots.filter((slot) => !taken.has(slot)).slice(0, lack)) found.get(kind)?.add(slot);
    }
    const short = windows.filter(({ kind }) => (found.get(kind)?.size ?? 0) < (wanted.get(kind) ?? 0));
    if (short.length === 0) return new Map([...found].map(([kind, slots]) => [kind, [...slots]]));
    const full = short.filter(({ isWhole }) => isWhole || attempt % maxWindows === 0).map(({ kind }) => kind);
    if (full.length > 0) await grow(db, poolId, kind_slots, full);
  }
}

/** The slots of one kind that an attempt reads; `isWhole` if these are all it has. */
interface KindWindow {
  readonly kind: FileKind;
  readonly slots: readonly number[];
  readonly isWhole: boolean;
}

/** A window for each kind that still lacks slots, from a start between 0 and 1 on; it continues at the first slot. */
function windowsFor(
  kindSlots: KindSlots,
  wanted: ReadonlyMap<FileKind, number>,
  found: ReadonlyMap<FileKind, ReadonlySet<number>>,
  start: number,
): KindWindow[] {
  return [...wanted].flatMap(([kind, count]) => {
    const lack = count - (found.get(kind)?.size ?? 0);
    if (lack <= 0) return [];
    const all = kindSlots[kind] ?? 0;
    const width = Math.min(all, Math.max(windowSize, 4 * lack));
    const begin = Math.floor(start * all);
    const slots = Array.from({ length: width }, (_, index) => firstSlotOf(kind) + ((begin + index) % all));
    return [{ kind, slots, isWhole: width === all }];
  });
}

const placeIn = cachedQuery((db, { poolId }: { poolId: number }) =>
  db
    .selectFrom('pool')
    .select(['kind_slots', sql<number>`rfx_place()`.as('place')])
    .where('id', '=', poolId),
);

/** Scatters consecutive numbers over 0 to 1 (Knuth's multiplicative hash). */
const scatter = (number: number) => (Math.imul(number, 0x9e3779b1) >>> 0) / 2 ** 32;

const takenAmong = cachedQuery((db, { poolId, slots }: { poolId: number; slots: readonly number[] }) =>
  db.selectFrom('gift').select('slot').where('pool_id', '=', poolId).where('slot', 'in', slots),
);

/** Doubles the slots of some kinds, unless a concurrent transaction changed any. */
async function grow(db: Db, poolId: number, before: string, kinds: readonly FileKind[]): Promise<void> {
  const slots = kindSlotsOf({ kind_slots: before });
  const more = kinds.map((kind) => [kind, Math.max(minKindSlots, 2 * (slots[kind] ?? 0))] as const);
  if (more.some(([, count]) => count > maxKindSlots)) throw new Problem('storage-full');
  await db
    .updateTable('pool')
    .set({ kind_slots: JSON.stringify({ ...slots, ...Object.fromEntries(more) }) })
    .where('id', '=', poolId)
    .where('kind_slots', '=', before)
    .execute();
}
