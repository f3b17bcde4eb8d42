/**
 * The dice: a draw rolls 1…m until it hits a taken slot (`slots.ts`) whose gift it may have. Every gift has exactly one slot, so
 * each is as likely, whatever its age and the pool's history (promise P6), and it costs m / n rolls, the same in a pool of any
 * size.
 */
import { sql } from 'kysely';
import type { FillEstimate, Random } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, GiftRow, PoolRow } from '../schema/tables.ts';

/** What a drawer must not get: gifts of this giver, and these bytes. */
export interface Exclusions {
  readonly giver: string;
  readonly sha256: string | null;
}

/** What is guessed of a pool that nobody has looked at: the least that it is left at (`shrink.ts`). */
const minFill = 1 / 4;
/** A look counts so much beside those before it. */
const fillWeight = 1 / 4;

/** Up to so many gifts are looked at all together. */
const maxGiftsReadWhole = 256;

/**
 * So many times as many rolls as it takes to hit a gift on average make a miss as rare as e to the minus that: whoever misses
 * then too has the pool counted, which takes long.
 */
const rollsPerExpectedHit = 24;
/** Nobody rolls more often at once, and all together not more often. */
const maxRollsEach = 4096;
const maxRolls = 16_384;
/** So many slots are looked at by one query: for each length of its list an engine keeps a query, and those of long lists are large. */
const maxSlotsPerQuery = 512;

function isExcluded(
  gift: Partial<Pick<GiftRow, 'giver' | 'sha256'>>,
  own: Exclusions | null,
): boolean {
  return own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256); // mutant: own-gift
}

type Candidate = Pick<GiftRow, 'id' | 'slot'> & Partial<Pick<GiftRow, 'giver' | 'sha256'>>;

type Probes = { readonly poolId: number; readonly slots: readonly number[] };

const idsInSlots = cachedQuery((db, probes: Probes) => inSlots(db, probes).select(['id', 'slot']));

const giftsInSlots = cachedQuery((db, probes: Probes) =>
  inSlots(db, probes).select(['id', 'slot', 'giver', 'sha256']),
);

const inSlots = (db: Db, { poolId, slots }: Probes) =>
  db.selectFrom('gift').where('pool_id', '=', poolId).where('slot', 'in', slots);

/**
 * Picks a gift for each of `drawers`, among all that is not their own, each as likely, and none twice: in the order of the
 * drawers, as if they came one after another. Undefined where nothing was found, which in a pool with few gifts means that
 * there is nothing, and else that exact counting has to say.
 */
export async function pickForEach(
  db: Db,
  pool: PoolRow,
  drawers: readonly (Exclusions | null)[],
  random: Random,
  fill: FillEstimate = new Map(),
): Promise<(number | undefined)[]> {
  const draft: Draft = { drawers, picked: drawers.map(() => undefined), gone: new Set() };
  const isDone = () => draft.picked.every((id) => id !== undefined);
  const before = fill.get(pool.id) ?? minFill;
  const found = await pickByRolls(db, pool, draft, firstRolls(drawers.length, before), random);
  fill.set(pool.id, before + fillWeight * (found - before));
  if (isDone()) return draft.picked;
  // Rolls that nearly all miss tell of a pool with few gifts; where it has more, they are asked again, enough of them.
  const gifts = found * pool.slots;
  if (gifts < maxGiftsReadWhole && (await pickAmongFew(db, pool, draft, random)))
    return draft.picked;
  await pickByRolls(db, pool, draft, enoughRolls(pool, gifts, draft), random);
  return draft.picked;
}

/** How often all roll together, and one of them at most, so that enough is left for the others. */
interface Rolls {
  readonly all: number;
  readonly each: number;
}

/** So many that hardly ever somebody misses: twice what their hits scatter by (a negative binomial's deviation), and some more. */
function firstRolls(drawers: number, fill: number): Rolls {
  const rollsToHit = 1 / Math.max(fill, minFill / 2);
  const hits = drawers + 2 * Math.sqrt(drawers) + 4;
  return { all: Math.min(Math.ceil(hits * rollsToHit), maxRolls), each: 16 * rollsToHit };
}

function enoughRolls({ slots }: PoolRow, gifts: number, { picked }: Draft): Rolls {
  const each = Math.min(
    Math.ceil((rollsPerExpectedHit * slots) / Math.max(gifts, 1)),
    maxRollsEach,
  );
  const left = picked.filter((id) => id === undefined).length;
  return { all: Math.min(left * each, maxRolls), each };
}

/** Who picks, and what they have so far. */
interface Draft {
  readonly drawers: readonly (Exclusions | null)[];
  readonly picked: (number | undefined)[];
  readonly gone: Set<number>;
}

/**
 * Rolls for everybody who has nothing yet: each takes the first gift that they may have, and the next one goes on with
 * the rolls behind it, which nobody has looked at, so that they are as fresh as rolls of their own. Answers how full the pool
 * seems to be.
 */
async function pickByRolls(
  db: Db,
  pool: PoolRow,
  { drawers, picked, gone }: Draft,
  { all, each }: Rolls,
  random: Random,
): Promise<number> {
  const rolls = Array.from({ length: all }, () => 1 + random(pool.slots));
  // Where nobody has gifts of their own, the index alone answers.
  const look = drawers.some((own) => own !== null) ? giftsInSlots : idsInSlots;
  const bySlot = new Map<number | null, Candidate>();
  for (let at = 0; at < all; at += maxSlotsPerQuery) {
    const slots = rolls.slice(at, at + maxSlotsPerQuery);
    for (const gift of await look(db, { poolId: pool.id, slots })) bySlot.set(gift.slot, gift);
  }
  let rolled = 0;
  drawers.forEach((own, index) => {
    if (picked[index] !== undefined) return;
    const fits = (slot: number) => {
      const gift = bySlot.get(slot);
      return gift !== undefined && !gone.has(gift.id) && !isExcluded(gift, own);
    };
    const mine = rolls.slice(rolled, rolled + each);
    const hit = mine.findIndex(fits);
    const gift = bySlot.get(mine[hit] ?? 0);
    if (gift) take({ picked, gone }, index, gift.id);
    rolled += gift ? hit + 1 : mine.length;
  });
  return bySlot.size / new Set(rolls).size;
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
    .limit(maxGiftsReadWhole + 1)
    .execute();
  if (gifts.length > maxGiftsReadWhole) return false;
  drawers.forEach((own, index) => {
    if (picked[index] !== undefined) return;
    const eligible = gifts.filter((gift) => !gone.has(gift.id) && !isExcluded(gift, own));
    const gift = eligible.length > 0 ? eligible[random(eligible.length)] : undefined;
    if (gift) take({ picked, gone }, index, gift.id);
  });
  return true;
}

/** Reads the pool, and finds something if there is anything: for who is alone, and had no luck with rolls. */
export async function pickExactly(
  db: Db,
  pool: PoolRow,
  own: Exclusions | null,
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
