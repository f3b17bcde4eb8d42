/**
 * Uniform random sampling of slots: a draw rolls 1…m until it hits a taken slot (`slots.ts`) whose gift is eligible (P6).
 * Each gift has one slot, so all are equally likely, at m / n rolls whatever the size of the pool.
 */
import { sql } from 'kysely';
import type { FillEstimate, Random } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, GiftRow, PoolRow } from '../schema/tables.ts';

/** Gifts that a draw must not return: those of this giver, and those with these bytes. */
export interface Exclusions {
  readonly giver: string;
  readonly sha256: string | null;
}

/** The fill of a pool that has not been read yet: the least that `compact-slots.ts` leaves. */
const minFill = 1 / 4;
/** The weight of the latest observation in the fill estimate (exponential moving average). */
const fillWeight = 1 / 4;

/** A pool with up to this many gifts is read as a whole. */
const maxGiftsReadWhole = 256;

/** With 24 times the expected number of rolls a miss has probability e⁻²⁴. After that the pool is counted, which is slow. */
const rollsPerExpectedHit = 24;
/** How many slots one draw, and all draws of a batch, roll at most. */
const maxRollsEach = 4096;
const maxRolls = 16_384;
/** How many slots one query reads. */
const maxSlotsPerQuery = 512;

function isExcluded(gift: Partial<Pick<GiftRow, 'giver' | 'sha256'>>, own: Exclusions | null): boolean {
  return own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256); // mutant: own-gift
}

type Candidate = Pick<GiftRow, 'id' | 'slot'> & Partial<Pick<GiftRow, 'giver' | 'sha256'>>;

type Probes = { readonly poolId: number; readonly slots: readonly number[] };

const idsInSlots = cachedQuery((db, probes: Probes) => inSlots(db, probes).select(['id', 'slot']));

const giftsInSlots = cachedQuery((db, probes: Probes) => inSlots(db, probes).select(['id', 'slot', 'giver', 'sha256']));

const inSlots = (db: Db, { poolId, slots }: Probes) =>
  db.selectFrom('gift').where('pool_id', '=', poolId).where('slot', 'in', slots);

/**
 * Picks one eligible gift for each drawer, uniformly and without replacement, as if they drew one after another. Undefined
 * means none in a pool with few gifts; in any other only exact counting can tell.
 */
export async function pickForEach(
  db: Db,
  pool: PoolRow,
  exclusions: readonly (Exclusions | null)[],
  random: Random,
  fill: FillEstimate = new Map(),
): Promise<(number | undefined)[]> {
  const draft: Draft = { exclusions, picked: exclusions.map(() => undefined), gone: new Set() };
  const isDone = () => draft.picked.every((id) => id !== undefined);
  const before = fill.get(pool.id) ?? minFill;
  const { fill: found, seen } = await pickByRolls(db, pool, draft, firstRolls(exclusions.length, before), random);
  fill.set(pool.id, before + fillWeight * (found - before));
  if (isDone()) return draft.picked;
  // If nearly all rolls miss, the pool has few gifts and is read as a whole. Otherwise more rolls follow.
  const gifts = found * pool.slots;
  if (gifts < maxGiftsReadWhole && (await pickAmongFew(db, pool, draft, random))) return draft.picked;
  const others = await pickAmongOthers(db, pool, draft, seen, random);
  if (isDone()) return draft.picked;
  await pickByRolls(db, pool, draft, enoughRolls(pool, Math.min(gifts, others), draft), random);
  return draft.picked;
}

/** How many slots all drawers roll together, and each at most, so that enough is left for the rest. */
interface Rolls {
  readonly all: number;
  readonly each: number;
}

/** Enough rolls that a miss is rare: the expected number plus two standard deviations (negative binomial distribution). */
function firstRolls(draws: number, fill: number): Rolls {
  const rollsToHit = 1 / Math.max(fill, minFill / 2);
  const hits = draws + 2 * Math.sqrt(draws) + 4;
  return { all: Math.min(Math.ceil(hits * rollsToHit), maxRolls), each: 16 * rollsToHit };
}

function enoughRolls({ slots }: PoolRow, gifts: number, { picked }: Draft): Rolls {
  const each = Math.min(Math.ceil((rollsPerExpectedHit * slots) / Math.max(gifts, 1)), maxRollsEach);
  const left = picked.filter((id) => id === undefined).length;
  return { all: Math.min(left * each, maxRolls), each };
}

/** The drawers, and the gifts picked so far. */
interface Draft {
  readonly exclusions: readonly (Exclusions | null)[];
  readonly picked: (number | undefined)[];
  readonly gone: Set<number>;
}

/**
 * Rolls for all drawers without a gift: each takes the first eligible one, and the next continues with the unread rolls
 * behind it. Answers the fill of the pool, and the gifts in the rolled slots.
 */
async function pickByRolls(
  db: Db,
  pool: PoolRow,
  { exclusions, picked, gone }: Draft,
  { all, each }: Rolls,
  random: Random,
): Promise<{ readonly fill: number; readonly seen: readonly Candidate[] }> {
  const rolls = Array.from({ length: all }, () => 1 + random(pool.slots));
  // Without exclusions the slot index alone answers.
  const look = exclusions.some((own) => own !== null) ? giftsInSlots : idsInSlots;
  const bySlot = new Map<number | null, Candidate>();
  for (let at = 0; at < all; at += maxSlotsPerQuery) {
    const slots = rolls.slice(at, at + maxSlotsPerQuery);
    for (const gift of await look(db, { poolId: pool.id, slots })) bySlot.set(gift.slot, gift);
  }
  let rolled = 0;
  exclusions.forEach((own, index) => {
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
  return { fill: bySlot.size / new Set(rolls).size, seen: [...bySlot.values()] };
}

function take({ picked, gone }: Pick<Draft, 'picked' | 'gone'>, index: number, id: number): void {
  picked[index] = id;
  gone.add(id);
}

/** With this many gifts in the rolled slots, all of one giver, that giver owns nearly the whole pool. */
const minSeen = 8;
/** How many gifts of other givers are read at most. */
const maxOthers = 512;

/**
 * Picks among the gifts of others for receivers who own nearly the whole pool; the index by giver skips their own. If the others
 * are too many to read, rolls hit one: answers the least number of gifts to hit.
 */
async function pickAmongOthers(
  db: Db,
  pool: PoolRow,
  { exclusions, picked, gone }: Draft,
  seen: readonly Candidate[],
  random: Random,
): Promise<number> {
  const [first] = seen;
  const giver = first?.giver;
  const isOwnedByOne = seen.length >= minSeen && seen.every((gift) => gift.giver === giver);
  if (giver === undefined || !isOwnedByOne) return Number.POSITIVE_INFINITY;
  const others = await giftsOfOthers(db, pool, giver, maxOthers + 1);
  if (others.length > maxOthers) return maxOthers;
  exclusions.forEach((own, index) => {
    if (picked[index] !== undefined || own?.giver !== giver) return;
    const eligible = others.filter((gift) => !gone.has(gift.id) && !isExcluded(gift, own));
    const gift = eligible.length > 0 ? eligible[random(eligible.length)] : undefined;
    if (gift) take({ picked, gone }, index, gift.id);
  });
  return Number.POSITIVE_INFINITY;
}

/** The gifts of all givers but one, at most `limit`: two ranges of the index. */
async function giftsOfOthers(db: Db, pool: PoolRow, giver: string, limit: number) {
  const found: Pick<GiftRow, 'id' | 'giver' | 'sha256'>[] = [];
  for (const side of ['<', '>'] as const) {
    const gifts = await pooled(db, pool)
      .select(['id', 'giver', 'sha256'])
      .where('giver', side, giver)
      .limit(limit - found.length)
      .execute();
    found.push(...gifts);
    if (found.length === limit) break;
  }
  return found;
}

const pooled = (db: Db, pool: PoolRow) =>
  db.selectFrom('gift').where('pool_id', '=', pool.id).where('slot', 'is not', null);

/** Reads all gifts of a small pool; false for a larger one. */
async function pickAmongFew(
  db: Db,
  pool: PoolRow,
  { exclusions, picked, gone }: Draft,
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
  exclusions.forEach((own, index) => {
    if (picked[index] !== undefined) return;
    const eligible = gifts.filter((gift) => !gone.has(gift.id) && !isExcluded(gift, own));
    const gift = eligible.length > 0 ? eligible[random(eligible.length)] : undefined;
    if (gift) take({ picked, gone }, index, gift.id);
  });
  return true;
}

/**
 * Counts the eligible gifts and picks one of them, reading the index by giver only where the gifts of others are. Needs a
 * transaction that no other one takes gifts beside.
 */
export async function pickExactly(
  db: Db,
  pool: PoolRow,
  own: Exclusions | null,
  random: Random,
): Promise<number | undefined> {
  const sides = own === null ? [undefined] : (['<', '>'] as const);
  const parts = sides.map((side) =>
    pooled(db, pool)
      .$if(side !== undefined, (query) => query.where('giver', side ?? '<', own?.giver ?? ''))
      .$if(own?.sha256 != null, (query) => query.where('sha256', '!=', own?.sha256 ?? '')),
  );
  const counts: number[] = [];
  for (const part of parts) {
    const { count } = await part.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
    counts.push(count);
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let at = random(all);
  for (const [index, part] of parts.entries()) {
    const count = counts[index] ?? 0;
    if (at < count) return (await part.select('id').orderBy('giver').limit(1).offset(at).executeTakeFirst())?.id;
    at -= count;
  }
  return undefined;
}
