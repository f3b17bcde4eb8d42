/** Draws without a ticket, which leave what open tickets are owed (P4). */
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { claimForEach, type DrawRequest, hasNewOwedKinds } from '../matching/claim.ts';
import { countAllowance, takeFromAllowance } from '../matching/owed-kinds.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import { findPool, readBacking } from '../stats/counters.ts';
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
    const found = await toOutcome(freePool(tx.db, name));
    if ('error' in found) {
      for (const request of ofPool) outcomes.set(request, found);
      continue;
    }
    const taken = await takeFree(tx, found.value, ofPool);
    const { pool, free } = found.value;
    const mayBeStale = free > 0 && taken.size < ofPool.length && !tx.isExclusive;
    const isStale = mayBeStale && (await hasNewOwedKinds(tx.db, pool));
    const none = isStale ? { error: new NeedsIsolation('exclusive') } : nothingFree(free, tx);
    for (const request of ofPool) {
      const delivery = taken.get(request);
      outcomes.set(request, delivery ? { value: { outcome: 'drawn', delivery } } : none);
    }
  }
  return requests.map((request) => outcomes.get(request) as Outcome<DrawResult>);
}

/** A pool, and how many of its gifts no ticket is owed. */
interface FreePool {
  readonly pool: PoolRow;
  readonly free: number;
}

async function freePool(db: Db, name: string): Promise<FreePool> {
  const pool = await findPool(db, name);
  const { gifts, owed } = await readBacking(db, pool.id);
  return { pool, free: gifts - owed }; // mutant: owed-gift-taken
}

const nothingFree = (free: number, { canTakeLastFree }: Tx): Outcome<DrawResult> =>
  canTakeLastFree || free <= 0
    ? { value: { outcome: 'empty', ticketId: null } }
    : { error: new NeedsIsolation('last-free') };

async function takeFree(
  tx: Tx,
  { pool, free }: FreePool,
  all: readonly FreeDrawRequest[],
): Promise<ReadonlyMap<FreeDrawRequest, DeliveryFacts>> {
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
