/** Which gifts may enter a pool, before any of them is written. */
import { Problem } from '../../contract/problems/problem.ts';
import { findEarlierGives } from '../matching/tickets.ts';
import { type Door, openDoor } from '../rooms/room-limits.ts';
import type { Db } from '../schema/tables.ts';
import { readAllKept, type Tiers, tiersOf } from '../stats/counters.ts';
import type { Outcome } from '../transactions/batch.ts';
import type { Deadlines, GiveResult, NewGift } from '../types.ts';

export interface GiveRequest {
  readonly gift: NewGift;
  readonly deadlines: Deadlines;
}

export type GiveOutcomes = Map<GiveRequest, Outcome<GiveResult>>;

/** The requests to pool: the first of each ticket hash, unless its gift exists already, or the pool or its room refuses it. */
export async function acceptGifts(
  db: Db,
  { tiers, refused }: { readonly tiers: Tiers; readonly refused: ReadonlySet<string> },
  requests: readonly GiveRequest[],
  outcomes: GiveOutcomes,
): Promise<{ readonly accepted: GiveRequest[]; readonly door: Door }> {
  await answerEarlier(db, tiers, requests, outcomes);
  const hashes = new Set<string>();
  const isLimited = requests.some(({ gift }) => gift.maxPoolBytes < Number.POSITIVE_INFINITY);
  let bytes = isLimited ? (await readAllKept(db)).bytes : 0;
  const door = await openDoor(db, tiers.main, requests[0]?.gift.room);
  const accepted = requests.filter((request) => {
    const { ticketHash, size, maxPoolBytes, sha256, giver } = request.gift;
    if (outcomes.has(request) || (ticketHash !== null && hashes.has(ticketHash))) return false;
    if (refused.has(sha256) || refused.has(giver)) {
      outcomes.set(request, { error: new Problem('file-refused', { reason: 'blocked-file' }) });
      return false;
    }
    const refusal =
      bytes + size > maxPoolBytes ? new Problem('storage-full') : door.refuse(request.gift, request.deadlines.now);
    if (refusal) {
      outcomes.set(request, { error: refusal });
      return false;
    }
    if (ticketHash !== null) hashes.add(ticketHash);
    bytes += size;
    return true;
  });
  return { accepted, door };
}

/** Answers requests whose ticket exists with the gift that earned it; it must have come to the same pool. */
export async function answerEarlier(
  db: Db,
  tiers: Tiers,
  requests: readonly GiveRequest[],
  outcomes: GiveOutcomes,
): Promise<void> {
  const hashes = requests.flatMap(({ gift }) => gift.ticketHash ?? []);
  const earlier = await findEarlierGives(db, hashes);
  const ofPool = new Set(tiersOf(tiers).map(({ id }) => id));
  for (const request of requests) {
    const found = earlier.get(request.gift.ticketHash ?? '');
    if (found)
      outcomes.set(request, ofPool.has(found.poolId) ? { value: found.given } : { error: new Problem('key-reused') });
  }
}
