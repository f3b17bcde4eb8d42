/**
 * The assignment of a round: a random cycle through all seats, in which each seat receives the gift of the seat before it. Seats,
 * allowed arcs and dice alone decide, so that a draw can be repeated.
 *
 * | seats | method | distribution |
 * | --- | --- | --- |
 * | few | count all cycles, then take the one with a random number | exact; none proves that there is none |
 * | more | shuffle, begin anew at the first forbidden arc | exact (acceptance–rejection) |
 * | more, after too many steps | mend a shuffled cycle, then make many random moves | near-uniform |
 *
 * Sources: Valiant 1979 (counting is #P-complete), Huber, Algorithmica 2006 (rejection), Jerrum and Sinclair 1989 (Markov chains)
 */
import { countedLoop } from './counted-loop.ts';
import type { Allowed, Below } from './draw-types.ts';
import { mixedLoop } from './mixed-loop.ts';
import type { Pieces } from './pieces.ts';

/** They choose the method by counts and never by time, so that each repetition takes the same one. */
interface LoopLimits {
  /** Above it cycles are not counted, but shuffled. */
  readonly maxCounted: number;
  /** Steps of shuffling, over all attempts. */
  readonly maxSteps: number;
}

const usualLimits: LoopLimits = { maxCounted: 18, maxSteps: 300_000_000 };

/** Steps of shuffling between two pieces. */
const stepsOfPiece = 200_000;

/** Draws a cycle of n ≥ 2 seats. Returns the receiver of each seat's gift, or undefined if no cycle was found. */
export function* drawLoop(
  n: number,
  allowed: Allowed,
  below: Below,
  { maxCounted, maxSteps }: LoopLimits = usualLimits,
): Pieces<Uint32Array | undefined> {
  const order =
    n <= maxCounted
      ? yield* countedLoop(n, allowed, below)
      : ((yield* shuffledLoop(n, allowed, below, maxSteps)) ?? (yield* mixedLoop(n, allowed, below)));
  return order && receiversOf(order);
}

/** Draws one seat after another, and begins anew at the first forbidden arc. Seat 0 is first, as a cycle has no first seat. */
function* shuffledLoop(n: number, allowed: Allowed, below: Below, maxSteps: number): Pieces<Uint32Array | undefined> {
  const order = Uint32Array.from({ length: n }, (_, seat) => seat);
  let steps = 0;
  for (let at = 1; steps < maxSteps; steps++) {
    if (steps % stepsOfPiece === 0) yield;
    const chosen = at + below(n - at);
    const next = order[chosen] as number;
    const isAllowed = allowed(order[at - 1] as number, next) && (at < n - 1 || allowed(next, order[0] as number));
    order[chosen] = order[at] as number;
    order[at] = next;
    at = isAllowed ? at + 1 : 1;
    if (at === n) return order;
  }
  return undefined;
}

function receiversOf(order: Uint32Array): Uint32Array {
  const receivers = new Uint32Array(order.length);
  order.forEach((seat, at) => {
    receivers[seat] = order[(at + 1) % order.length] as number;
  });
  return receivers;
}
