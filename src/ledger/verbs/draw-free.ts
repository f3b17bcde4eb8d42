/** Draws without a ticket, which leave what open tickets are owed (P4). */
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { claimForEach, type DrawRequest, hasNewOwedKinds } from '../matching/claim.ts';
import { countAllowance, takeFromAllowance } from '../matching/owed-kinds.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import { findTiers, readBacking, tiersOf } from '../stats/counters.ts';
import { type Outcome, toOutcome } from '../transactions/batch.ts';
import type { Deadlines, DeliveryFacts, DrawResult, FreeDraw } from '../types.ts';

interface FreeDrawRequest {
  readonly draw: FreeDraw;
  readonly deadlines: Deadlines;
}

/**
 * See `ExchangeLedger.drawFree`. Free draws run concurrently while the pool has more free gifts than all transactions
 * together may take (P4). Near that edge one transaction at a time takes them, beside all that take none.
 */
export async function drawFreeGifts(tx: Tx, requests: readonly FreeDrawRequest[]): Promise<Outcome<DrawResult>[]> {
  const outcomes = new Map<FreeDrawRequest, Outcome<DrawResult>>();
  for (const [name, ofPool] of Map.groupBy(requests, ({ draw }) => draw.pool)) {
    const found = await toOutcome(freeTiers(tx.db, name));
    if ('error' in found) {
      for (const request of ofPool) outcomes.set(request, found);
      continue;
    }
    const tiers = found.value;
    const taken = await takeFromTiers(tx, tiers, ofPool);
    const isShort = taken.size < ofPool.length && !tx.isExclusive;
    const isStale = isShort && (await isAnyStale(tx.db, tiers));
    const most = Math.max(...tiers.map(({ free }) => free));
    const none = isStale ? { error: new NeedsIsolation('exclusive') } : nothingFree(most, tx);
    for (const request of ofPool) {
      const delivery = taken.get(request);
      outcomes.set(request, delivery ? { value: { outcome: 'drawn', delivery } } : none);
    }
  }
  return requests.map((request) => outcomes.get(request) as Outcome<DrawResult>);
}

/** A tier of a pool, how many gifts it has, and how many of them no ticket is owed. */
interface FreeTier {
  readonly pool: PoolRow;
  readonly gifts: number;
  readonly free: number;
}

async function freeTiers(db: Db, name: string): Promise<FreeTier[]> {
  const tiers: FreeTier[] = [];
  for (const pool of tiersOf(await findTiers(db, name))) {
    const { gifts, owed } = await readBacking(db, pool.id);
    tiers.push({ pool, gifts, free: gifts - owed }); // mutant: owed-gift-taken
  }
  return tiers;
}

async function isAnyStale(db: Db, tiers: readonly FreeTier[]): Promise<boolean> {
  for (const { pool, free } of tiers) if (free > 0 && (await hasNewOwedKinds(db, pool))) return true;
  return false;
}

/** Takes gifts of both tiers: each draw begins in one of them by its share of the gifts, and goes on in the other. */
async function takeFromTiers(
  tx: Tx,
  tiers: readonly FreeTier[],
  requests: readonly FreeDrawRequest[],
): Promise<ReadonlyMap<FreeDrawRequest, DeliveryFacts>> {
  const open = tiers.filter(({ free }) => free > 0);
  const all = open.reduce((sum, { gifts }) => sum + gifts, 0);
  const byTier = Map.groupBy(requests, () => (open.length < 2 ? open[0] : tierAt(open, tx.random(all))));
  const taken = new Map<FreeDrawRequest, DeliveryFacts>();
  const takenOf = new Map<FreeTier, number>();
  const takeSome = async (tier: FreeTier, some: readonly FreeDrawRequest[]) => {
    const free = tier.free - (takenOf.get(tier) ?? 0);
    const now = await takeFree(tx, { ...tier, free }, some);
    takenOf.set(tier, (takenOf.get(tier) ?? 0) + now.size);
    for (const [request, delivery] of now) taken.set(request, delivery);
  };
  for (const tier of open) await takeSome(tier, byTier.get(tier) ?? []);
  if (open.length < 2) return taken;
  for (const tier of open) {
    const left = requests.filter((request) => !taken.has(request) && !byTier.get(tier)?.includes(request));
    await takeSome(tier, left);
  }
  return taken;
}

/** The tier that holds the gift at this place, if all of them stood in one line. */
function tierAt(tiers: readonly FreeTier[], place: number): FreeTier | undefined {
  let before = 0;
  return tiers.find(({ gifts }) => {
    before += gifts;
    return place < before;
  });
}

const nothingFree = (free: number, { canTakeLastFree }: Tx): Outcome<DrawResult> =>
  canTakeLastFree || free <= 0
    ? { value: { outcome: 'empty', ticketId: null } }
    : { error: new NeedsIsolation('last-free') };

async function takeFree(
  tx: Tx,
  { pool, free }: FreeTier,
  all: readonly FreeDrawRequest[],
): Promise<ReadonlyMap<FreeDrawRequest, DeliveryFacts>> {
  if (all.length === 0) return new Map();
  let left = tx.canTakeLastFree || free <= 0 ? free : free - (await tx.maxInFlight());
  const taken = new Map<FreeDrawRequest, DeliveryFacts>();
  if (left <= 0) return taken;
  const counted = await countAllowance(tx, pool, all.map(freeRequestOf));
  const allowance = new Map(counted.allowance);
  const requests = all.filter((request) => counted.isolationFor(freeRequestOf(request)) === undefined);
  // A receiver who finds only their own gifts leaves the free ones to the requests behind.
  for (let next = 0; next < requests.length && left > 0; ) {
    const some = requests.slice(next, next + left);
    const deliveries = await claimForEach(tx, pool, some.map(freeRequestOf), allowance);
    some.forEach((request, index) => {
      const delivery = deliveries[index];
      if (!delivery) return;
      taken.set(request, delivery);
      takeFromAllowance(allowance, delivery.gift.kind, freeRequestOf(request));
      left -= 1;
    });
    next += some.length;
  }
  return taken;
}

const freeRequestOf = ({ draw: { giver, secretHash, kinds = null }, deadlines }: FreeDrawRequest): DrawRequest => ({
  exclusions: giver === null ? null : { giver, sha256: null },
  kinds,
  owedKind: null,
  ticketId: null,
  nonce: null,
  secretHash,
  lapsedGift: null,
  deadlines,
});
