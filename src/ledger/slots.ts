/**
 * Open slots: a pool has m slots, n of them taken by a gift each. A draw rolls 1…m until it hits a taken one that it may have;
 * every gift has exactly one slot, so each is as likely, whatever its age and the pool's history (promise P6), and it costs
 * m / n probes, the same in a pool of any size. Nothing has to stay without holes, so nothing is written but the gift's own
 * row, and draws of many processes do not wait for each other. A gift that enters takes any empty slot. m changes rarely, like a hash
 * table's size: it doubles when an empty one is hard to find, and the sweep halves it when less than an eighth is taken.
 */
import { sql } from 'kysely';
import { changesOf, count } from './counters.ts';
import type { Db, GiftRow, PoolRow } from './tables.ts';

/** Rolls a whole number from 0 to below `n`, each as likely; the operating system's randomness unless a test says otherwise. */
export type Random = (n: number) => number;

/** What a drawer must not get: gifts of this giver, and these bytes. */
export interface Own {
  readonly giver: string;
  readonly sha256: string | null;
}

/** A pool has at least as many slots: where few gifts are, rolls would miss, and all of them are looked at instead. */
export const fewestSlots = 4096;

/** Up to so many gifts are looked at all together. */
const few = 256;

/** How many slots a draw probes at first, and when it must have been bad luck that nothing was in them. */
const fewProbes = 16;
const manyProbes = 320;

/** How many slots side by side a gift that enters looks at, and in how many places, before the pool is called full. */
const windowSize = 64;
const looks = 4;

function isOwn(gift: Pick<GiftRow, 'giver' | 'sha256'>, own: Own | null): boolean {
  return own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256);
}

type Shelved = Pick<GiftRow, 'id' | 'pool_id' | 'kind' | 'size' | 'extension'>;

/** Puts a gift into the pool. */
export async function shelve(db: Db, gift: Shelved): Promise<void> {
  const slot = await emptySlot(db, gift.pool_id);
  await db.updateTable('gift').set({ state: 'pooled', slot }).where('id', '=', gift.id).execute();
  await count(db, gift.pool_id, changesOf(gift, 1));
}

/** Takes a pooled gift, whose row is locked, out of the pool and gives it another state. */
export async function unshelve(
  db: Db,
  gift: Shelved,
  state: Exclude<GiftRow['state'], 'pooled'>,
): Promise<void> {
  await db.updateTable('gift').set({ state, slot: null }).where('id', '=', gift.id).execute();
  await count(db, gift.pool_id, changesOf(gift, -1));
}

/**
 * An empty slot for a gift that enters; makes more of them when hardly any is left. Where a gift sits means nothing to the
 * dice. So each transaction has a place of its own where it looks first (`rfx_place`), and two that give at the same time
 * hardly ever want the same slot.
 */
async function emptySlot(db: Db, poolId: number): Promise<number> {
  for (let look = 0; ; look++) {
    const { slots, place } = await db
      .selectFrom('pool')
      .select(['slots', sql<number>`rfx_place()`.as('place')])
      .where('id', '=', poolId)
      .executeTakeFirstOrThrow();
    const first = 1 + (scatter(place + look) % slots);
    const empty = await emptyFrom(db, poolId, first, Math.min(first + windowSize, slots + 1));
    if (empty !== undefined) return empty;
    if (look % looks === looks - 1) await grow(db, poolId, slots);
  }
}

/** Spreads numbers that follow each other over all of 32 bits (Knuth's multiplicative hash). */
const scatter = (number: number) => Math.imul(number, 0x9e3779b1) >>> 0;

async function emptyFrom(
  db: Db,
  poolId: number,
  start: number,
  end: number,
): Promise<number | undefined> {
  const rows = await db
    .selectFrom('gift')
    .select('slot')
    .where('pool_id', '=', poolId)
    .where('slot', '>=', start)
    .where('slot', '<', end)
    .execute();
  const taken = new Set(rows.map(({ slot }) => slot));
  for (let slot = start; slot < end; slot++) if (!taken.has(slot)) return slot;
  return undefined;
}

/** Doubles the slots, unless somebody else just did. */
async function grow(db: Db, poolId: number, slots: number): Promise<void> {
  await db
    .updateTable('pool')
    .set({ slots: slots * 2 })
    .where('id', '=', poolId)
    .where('slots', '=', slots)
    .execute();
}

type Candidate = Pick<GiftRow, 'id' | 'giver' | 'sha256'> & { readonly slot: number | null };

function inSlots(db: Db, poolId: number, slots: readonly number[]): Promise<Candidate[]> {
  return db
    .selectFrom('gift')
    .select(['id', 'giver', 'sha256', 'slot'])
    .where('pool_id', '=', poolId)
    .where('slot', 'in', slots)
    .execute();
}

/**
 * Picks a gift for each of `drawers`, among all that is not their own, each as likely, and none twice: in the order of the
 * drawers, as if they came one after another. Undefined where nothing was found, which in a pool with few gifts means that
 * there is nothing, and else that exact counting has to say.
 */
export async function pickMany(
  db: Db,
  pool: PoolRow,
  drawers: readonly (Own | null)[],
  random: Random,
): Promise<(number | undefined)[]> {
  const draft: Draft = { drawers, picked: drawers.map(() => undefined), gone: new Set() };
  const isDone = () => draft.picked.every((id) => id !== undefined);
  await pickByRolls(db, pool, draft, fewProbes, random);
  // Rolls that all miss tell of a pool with few gifts; where it has more, they are asked again, more of them.
  if (isDone() || (await pickAmongFew(db, pool, draft, random))) return draft.picked;
  await pickByRolls(db, pool, draft, manyProbes, random);
  return draft.picked;
}

/** Who picks, and what they have so far. */
interface Draft {
  readonly drawers: readonly (Own | null)[];
  readonly picked: (number | undefined)[];
  readonly gone: Set<number>;
}

/** Everybody who has nothing yet looks into so many slots, and takes the first gift that they may have. */
async function pickByRolls(
  db: Db,
  pool: PoolRow,
  { drawers, picked, gone }: Draft,
  count: number,
  random: Random,
): Promise<void> {
  const rolls = drawers.map((_own, index) =>
    picked[index] === undefined ? Array.from({ length: count }, () => 1 + random(pool.slots)) : [],
  );
  const hits = await inSlots(db, pool.id, [...new Set(rolls.flat())]);
  const bySlot = new Map(hits.map((gift) => [gift.slot, gift]));
  drawers.forEach((own, index) => {
    const hit = (rolls[index] ?? [])
      .map((slot) => bySlot.get(slot))
      .find((gift) => gift && !gone.has(gift.id) && !isOwn(gift, own));
    if (hit) take({ picked, gone }, index, hit.id);
  });
}

function take({ picked, gone }: Pick<Draft, 'picked' | 'gone'>, index: number, id: number): void {
  picked[index] = id;
  gone.add(id);
}

/** Looks at all gifts of a pool that has few; false for one that has more. */
async function pickAmongFew(
  db: Db,
  pool: PoolRow,
  { drawers, picked, gone }: Draft,
  random: Random,
): Promise<boolean> {
  const gifts = await db
    .selectFrom('gift')
    .select(['id', 'giver', 'sha256', 'slot'])
    .where('pool_id', '=', pool.id)
    .where('slot', 'is not', null)
    .limit(few + 1)
    .execute();
  if (gifts.length > few) return false;
  drawers.forEach((own, index) => {
    if (picked[index] !== undefined) return;
    const eligible = gifts.filter((gift) => !gone.has(gift.id) && !isOwn(gift, own));
    const gift = eligible.length > 0 ? eligible[random(eligible.length)] : undefined;
    if (gift) take({ picked, gone }, index, gift.id);
  });
  return true;
}

/** Reads the pool, and finds something if there is anything: for who is alone, and had no luck with rolls. */
export async function pickExactly(
  db: Db,
  pool: PoolRow,
  own: Own | null,
  random: Random,
): Promise<number | undefined> {
  const eligible = db
    .selectFrom('gift')
    .where('pool_id', '=', pool.id)
    .where('slot', 'is not', null)
    .$if(own !== null, (query) => query.where('giver', '!=', own?.giver ?? ''))
    .$if(own?.sha256 != null, (query) => query.where('sha256', '!=', own?.sha256 ?? ''));
  const { count } = await eligible
    .select(sql<number>`count(*)`.as('count'))
    .executeTakeFirstOrThrow();
  if (count === 0) return undefined;
  const picked = await eligible
    .select('id')
    .orderBy('slot')
    .limit(1)
    .offset(random(count))
    .executeTakeFirst();
  return picked?.id;
}
