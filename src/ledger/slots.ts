/**
 * Open slots: a pool has m slots, n of them taken by a gift each. A draw rolls 1…m until it hits a taken one that it may have;
 * every gift has exactly one slot, so each is as likely, whatever its age and the pool's history (promise P6), and it costs
 * m / n probes, the same in a pool of any size. Nothing has to stay without holes, so nothing is written but the gift's own
 * row, and draws of many processes do not wait for each other. A gift that enters takes any empty slot. m changes rarely, like a hash
 * table's size: it doubles when an empty one is hard to find, and the sweep halves it when less than an eighth is taken.
 */
import { sql } from 'kysely';
import { compiled, fewLengths } from './compiled.ts';
import { changesOf, count, one, together } from './counters.ts';
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

/**
 * How many slots are probed at first for each who draws, and besides. Then so many times as many as it takes to hit a gift on
 * average that a miss is as rare as e to the minus that: whoever misses then too has the pool counted, which takes long.
 */
const fewProbes = 8;
const spareProbes = 16;
const surelyEnough = 24;
const manyProbes = 4096;
const mostProbes = 16_384;
/** So many slots are looked at by one query: for each length of its list an engine keeps a query, and those of long lists are large. */
const slotsAtOnce = 512;

/** How many slots side by side a gift that enters looks at, and in how many places, before the pool is called full. */
const windowSize = 64;
const looks = 4;

function isOwn(gift: Partial<Pick<GiftRow, 'giver' | 'sha256'>>, own: Own | null): boolean {
  return own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256);
}

type Shelved = Pick<GiftRow, 'id' | 'pool_id' | 'kind' | 'size' | 'extension'>;

/** Puts a gift into the pool. */
export async function shelve(db: Db, gift: Shelved): Promise<void> {
  const [slot = null] = await emptySlots(db, gift.pool_id, 1);
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
  const isOver = state === 'withdrawn' || state === 'expired';
  const ended = isOver ? [one(`${state}_total`, 1)] : [];
  await count(db, gift.pool_id, together(changesOf(gift, -1), ...ended));
}

/**
 * Empty slots for gifts that enter; makes more of them when hardly any is left. Where a gift sits means nothing to the
 * dice. So each transaction has a place of its own where it looks first (`rfx_place`), and two that give at the same time
 * hardly ever want the same slot.
 */
export async function emptySlots(db: Db, poolId: number, wanted: number): Promise<number[]> {
  const found = new Set<number>();
  const width = Math.max(windowSize, 4 * wanted);
  for (let look = 1; ; look++) {
    const [pool] = await placeIn(db, { poolId });
    const { slots, place } = pool as { slots: number; place: number };
    const first = 1 + Math.floor(scatter(place + look) * slots);
    for (const slot of await emptyFrom(db, poolId, first, Math.min(first + width, slots + 1))) {
      found.add(slot);
      if (found.size === wanted) return [...found];
    }
    if (look % looks === 0) await grow(db, poolId, slots);
  }
}

const placeIn = compiled((db, { poolId }: { poolId: number }) =>
  db
    .selectFrom('pool')
    .select(['slots', sql<number>`rfx_place()`.as('place')])
    .where('id', '=', poolId),
);

/** Spreads numbers that follow each other over 0 to 1, far from each other (Knuth's multiplicative hash). */
const scatter = (number: number) => (Math.imul(number, 0x9e3779b1) >>> 0) / 2 ** 32;

async function emptyFrom(db: Db, poolId: number, start: number, end: number): Promise<number[]> {
  const rows = await takenFrom(db, { poolId, start, end });
  const taken = new Set(rows.map(({ slot }) => slot));
  return Array.from({ length: end - start }, (_, index) => start + index).filter(
    (slot) => !taken.has(slot),
  );
}

const takenFrom = compiled((db, range: { poolId: number; start: number; end: number }) =>
  db
    .selectFrom('gift')
    .select('slot')
    .where('pool_id', '=', range.poolId)
    .where('slot', '>=', range.start)
    .where('slot', '<', range.end),
);

/** Doubles the slots, unless somebody else just did. */
async function grow(db: Db, poolId: number, slots: number): Promise<void> {
  await db
    .updateTable('pool')
    .set({ slots: slots * 2 })
    .where('id', '=', poolId)
    .where('slots', '=', slots)
    .execute();
}

type Candidate = Pick<GiftRow, 'id' | 'slot'> & Partial<Pick<GiftRow, 'giver' | 'sha256'>>;

type Probes = { readonly poolId: number; readonly slots: readonly number[] };

const idsInSlots = compiled((db, probes: Probes) => inSlots(db, probes).select(['id', 'slot']));

const giftsInSlots = compiled((db, probes: Probes) =>
  inSlots(db, probes).select(['id', 'slot', 'giver', 'sha256']),
);

const inSlots = (db: Db, { poolId, slots }: Probes) =>
  db.selectFrom('gift').where('pool_id', '=', poolId).where('slot', 'in', slots);

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
  const gifts = await pickByRolls(db, pool, draft, fewProbes, random);
  if (isDone()) return draft.picked;
  // Rolls that nearly all miss tell of a pool with few gifts; where it has more, they are asked again, enough of them.
  if (gifts < few && (await pickAmongFew(db, pool, draft, random))) return draft.picked;
  const enough = Math.ceil((surelyEnough * pool.slots) / Math.max(gifts, 1));
  await pickByRolls(db, pool, draft, Math.min(enough, manyProbes), random);
  return draft.picked;
}

/** Who picks, and what they have so far. */
interface Draft {
  readonly drawers: readonly (Own | null)[];
  readonly picked: (number | undefined)[];
  readonly gone: Set<number>;
}

/**
 * Rolls for everybody who has nothing yet: each takes the first gift that they may have, and the next one goes on with
 * the rolls behind it, which nobody has looked at, so that they are as fresh as rolls of their own. Nobody goes
 * on for so long that little is left for the others. Answers about how many gifts the pool has.
 */
async function pickByRolls(
  db: Db,
  pool: PoolRow,
  { drawers, picked, gone }: Draft,
  each: number,
  random: Random,
): Promise<number> {
  const left = drawers.flatMap((_own, index) => (picked[index] === undefined ? [index] : []));
  const count = Math.min(left.length * each + spareProbes, mostProbes);
  const rolls = Array.from({ length: count }, () => 1 + random(pool.slots));
  // Where nobody has gifts of their own, the index alone answers.
  const look = drawers.some((own) => own !== null) ? giftsInSlots : idsInSlots;
  const hits: Candidate[] = [];
  for (let at = 0; at < count; at += slotsAtOnce) {
    const slots = fewLengths(rolls.slice(at, at + slotsAtOnce));
    hits.push(...(await look(db, { poolId: pool.id, slots })));
  }
  const bySlot = new Map(hits.map((gift) => [gift.slot, gift]));
  let rolled = 0;
  for (const index of left) {
    const own = drawers[index] ?? null;
    const fits = (slot: number) => {
      const gift = bySlot.get(slot);
      return gift !== undefined && !gone.has(gift.id) && !isOwn(gift, own);
    };
    const mine = rolls.slice(rolled, rolled + each + spareProbes);
    const hit = mine.findIndex(fits);
    const gift = bySlot.get(mine[hit] ?? 0);
    if (gift) take({ picked, gone }, index, gift.id);
    rolled += gift ? hit + 1 : mine.length;
  }
  return (bySlot.size * pool.slots) / new Set(rolls).size;
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
