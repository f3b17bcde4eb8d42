/**
 * Uniform random sampling of slots: a draw rolls until it hits a taken slot (`slots.ts`) whose gift is eligible (P6). Each gift
 * has one slot, so all are equally likely, at m / n rolls whatever the size of the pool.
 */
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { FillEstimate, Random } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import {
  type Candidate,
  candidateColumns,
  type Draft,
  isDone,
  isEligible,
  isOfKinds,
  newDraft,
  type PickRequest,
  pickAmongFew,
  pickAmongOthers,
  take,
} from './eligible-gifts.ts';
import { countSlots, rangesOf, type SlotRange, slotAt } from './kind-slots.ts';
import { allowedKinds, type KindAllowance, noneOwed } from './owed-kinds.ts';

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

type Probes = { readonly poolId: number; readonly slots: readonly number[] };

const idsInSlots = cachedQuery((db, probes: Probes) => inSlots(db, probes).select(['id', 'slot']));

const giftsInSlots = cachedQuery((db, probes: Probes) => inSlots(db, probes).select(candidateColumns));

const inSlots = (db: Db, { poolId, slots }: Probes) =>
  db.selectFrom('gift').where('pool_id', '=', poolId).where('slot', 'in', slots);

/**
 * Picks one eligible gift for each request, uniformly and without replacement, as if they drew one after another. Undefined means
 * none in a pool with few gifts; in any other only exact counting can tell.
 *
 * Requests for the same kinds share their rolls.
 */
export async function pickForEach(
  db: Db,
  pool: PoolRow,
  requests: readonly PickRequest[],
  random: Random,
  fill: FillEstimate = new Map(),
  allowance: KindAllowance = noneOwed,
): Promise<(Candidate | undefined)[]> {
  const gone = new Set<number>();
  const picked: (Candidate | undefined)[] = requests.map(() => undefined);
  let left = allowance;
  const numbered = requests.map((request, number) => ({ request, number }));
  const alike = Map.groupBy(numbered, ({ request }) => kindsKey(allowedKinds(request, left, fileKinds)));
  for (const [key, members] of alike) {
    const kinds = key === anyKind ? null : (key.split(' ').filter(Boolean) as FileKind[]);
    const draft = newDraft(
      pool,
      kinds,
      members.map(({ request }) => request),
      gone,
      left,
    );
    await pickAlike(db, draft, random, fill, `${pool.id} ${key}`);
    left = draft.left;
    members.forEach(({ number }, index) => {
      picked[number] = draft.picked[index];
    });
  }
  return picked;
}

const anyKind = 'any';
const kindsKey = (kinds: readonly FileKind[] | null) => (kinds === null ? anyKind : kinds.join(' '));

/** Picks for requests that may have the same kinds. */
async function pickAlike(db: Db, draft: Draft, random: Random, fill: FillEstimate, key: string): Promise<void> {
  const ranges = rangesOf(draft.pool, draft.kinds);
  const slots = countSlots(ranges);
  if (slots === 0) return;
  const before = fill.get(key) ?? minFill;
  const { fill: found, seen } = await pickByRolls(db, draft, ranges, firstRolls(draft.requests.length, before), random);
  fill.set(key, before + fillWeight * (found - before));
  if (isDone(draft)) return;
  // If nearly all rolls miss, the pool has few gifts and is read as a whole. Otherwise more rolls follow.
  const gifts = found * slots;
  if (gifts < maxGiftsReadWhole && (await pickAmongFew(db, draft, random, maxGiftsReadWhole))) return;
  const others = await pickAmongOthers(db, draft, seen, random);
  if (isDone(draft)) return;
  await pickByRolls(db, draft, ranges, enoughRolls(slots, Math.min(gifts, others), draft), random);
}

/** How many slots all requests roll together, and each at most, so that enough is left for the rest. */
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

function enoughRolls(slots: number, gifts: number, { picked }: Draft): Rolls {
  const each = Math.min(Math.ceil((rollsPerExpectedHit * slots) / Math.max(gifts, 1)), maxRollsEach);
  const left = picked.filter((gift) => gift === undefined).length;
  return { all: Math.min(left * each, maxRolls), each };
}

/**
 * Rolls for all requests without a gift: each takes the first eligible one, and the next continues with the unread rolls behind
 * it. Answers the share of rolled slots with gifts of these kinds, and the gifts in the rolled slots.
 */
async function pickByRolls(
  db: Db,
  draft: Draft,
  ranges: readonly SlotRange[],
  { all, each }: Rolls,
  random: Random,
): Promise<{ readonly fill: number; readonly seen: readonly Candidate[] }> {
  const { pool, kinds, requests, picked } = draft;
  const slots = countSlots(ranges);
  const rolls = Array.from({ length: all }, () => slotAt(ranges, random(slots)));
  const needsRow = requests.some(({ exclusions }) => exclusions !== null) || (kinds !== null && pool.ungrouped === 1);
  const look = needsRow ? giftsInSlots : idsInSlots;
  const bySlot = new Map<number | null, Candidate>();
  for (let at = 0; at < all; at += maxSlotsPerQuery) {
    const probes = { poolId: pool.id, slots: rolls.slice(at, at + maxSlotsPerQuery) };
    for (const gift of await look(db, probes)) bySlot.set(gift.slot, gift);
  }
  let rolled = 0;
  requests.forEach((request, index) => {
    if (picked[index] !== undefined) return;
    const mine = rolls.slice(rolled, rolled + each);
    const hit = mine.findIndex((slot) => isEligible(draft, bySlot.get(slot), request));
    const gift = bySlot.get(mine[hit] ?? 0);
    if (gift) take(draft, index, gift);
    rolled += gift ? hit + 1 : mine.length;
  });
  const seen = [...bySlot.values()];
  const ofKinds = kinds === null || pool.ungrouped === 0 ? seen : seen.filter((gift) => isOfKinds(draft, gift));
  return { fill: ofKinds.length / new Set(rolls).size, seen };
}
