import type { Allowed, Below } from './draw-types.ts';
import type { Pieces } from './pieces.ts';

/** Moves between two pieces. */
const movesOfPiece = 50_000;

/** Rounds of mending before the search is given up. */
const maxSweeps = 200;

/** Places that are tried for a seat in each of them. */
const triesOfSeat = 50;

/** Seats that are moved together. */
const maxSegment = 3;

/**
 * A near-uniform cycle where shuffling takes too long: the order of the seats, or undefined if none is found. A shuffled cycle is mended,
 * and then mixed by 10 · n · ln n random moves that break no rule.
 */
export function* mixedLoop(n: number, allowed: Allowed, below: Below): Pieces<Uint32Array | undefined> {
  const loop = createLoop(n, allowed, below);
  for (let sweep = 0; loop.forbidden() > 0; sweep++) {
    if (sweep === maxSweeps) return undefined;
    for (let seat = 0; seat < n; seat++) {
      if (seat % 1_000 === 0) yield;
      for (let tries = 0; tries < triesOfSeat && loop.isBad(seat); tries++) loop.move(seat, 1, below(n));
    }
  }
  const moves = Math.ceil(10 * n * Math.log(n));
  for (let move = 0; move < moves; move++) {
    if (move % movesOfPiece === 0) yield;
    loop.move(below(n), 1 + below(maxSegment), below(n));
  }
  return loop.order();
}

/** A cycle of which short segments can be moved. A move and the one that undoes it are equally likely, so that all cycles become so. */
function createLoop(n: number, allowed: Allowed, below: Below) {
  const { next, previous } = shuffledLinks(n, below);
  const isForbidden = (giver: number, receiver: number) => (allowed(giver, receiver) ? 0 : 1);
  const after = (seat: number) => next[seat] as number;
  const join = (giver: number, receiver: number) => {
    next[giver] = receiver;
    previous[receiver] = giver;
  };
  const lastOf = (first: number, length: number, place: number): number | undefined => {
    let last = first;
    for (let count = 1; ; count++) {
      if (last === place) return undefined;
      if (count === length) return last;
      last = after(last);
    }
  };
  return {
    /** How many arcs are forbidden. */
    forbidden: () => next.reduce((count, receiver, giver) => count + isForbidden(giver, receiver), 0),
    isBad: (seat: number) => isForbidden(previous[seat] as number, seat) + isForbidden(seat, after(seat)) > 0,
    /** Moves a segment behind a place, unless the place is in it or more arcs would be forbidden. */
    move: (first: number, length: number, place: number) => {
      const last = lastOf(first, length, place);
      const before = previous[first] as number;
      if (last === undefined || place === before || after(last) === before) return;
      const [behind, follower] = [after(last), after(place)];
      const now = isForbidden(before, first) + isForbidden(last, behind) + isForbidden(place, follower);
      const then = isForbidden(before, behind) + isForbidden(place, first) + isForbidden(last, follower);
      if (then > now) return;
      join(before, behind);
      join(place, first);
      join(last, follower);
    },
    order: () => {
      const order = new Uint32Array(n);
      for (let at = 1; at < n; at++) order[at] = after(order[at - 1] as number);
      return order;
    },
  };
}

function shuffledLinks(n: number, below: Below) {
  const order = Uint32Array.from({ length: n }, (_, seat) => seat);
  for (let at = n - 1; at > 0; at--) {
    const chosen = below(at + 1);
    [order[at], order[chosen]] = [order[chosen] as number, order[at] as number];
  }
  const [next, previous] = [new Uint32Array(n), new Uint32Array(n)];
  order.forEach((seat, at) => {
    const receiver = order[(at + 1) % n] as number;
    next[seat] = receiver;
    previous[receiver] = seat;
  });
  return { next, previous };
}
