import type { Allowed, Below } from './draw-types.ts';
import type { Pieces } from './pieces.ts';

/** Sets of seats between two pieces. */
const setsOfPiece = 8_192;

/**
 * A cycle of few seats, drawn by its number among all of them: their order, or undefined if there is none. Counting by subsets (Held
 * and Karp 1962) needs 2ⁿ⁻¹ · n numbers: 19 MB for 18 seats, whose cycles a double can count.
 */
export function* countedLoop(n: number, allowed: Allowed, below: Below): Pieces<Uint32Array | undefined> {
  const others = n - 1;
  const all = 2 ** others - 1;
  const arcs = arcsFrom(n, allowed);
  // ways[set · others + last]: how many paths go on from `last`, a seat of the set, through all seats outside it and back to seat 0.
  const ways = new Float64Array((all + 1) * others);
  for (let set = all; set > 0; set--) {
    if (set % setsOfPiece === 0) yield;
    for (let last = 0; last < others; last++) {
      if (((set >> last) & 1) === 0) continue;
      const nexts = (arcs[last + 1] as number) >> 1;
      ways[set * others + last] =
        set === all
          ? (arcs[last + 1] as number) & 1
          : sumOver(nexts & ~set, (next) => waysAfter(ways, set, next, others));
    }
  }
  return unrank(n, arcs, ways, below);
}

/** The receivers that each seat may give to, as bits. */
const arcsFrom = (n: number, allowed: Allowed): Uint32Array =>
  Uint32Array.from({ length: n }, (_, giver) => {
    let bits = 0;
    for (let seat = 0; seat < n; seat++) if (seat !== giver && allowed(giver, seat)) bits |= 1 << seat;
    return bits;
  });

const waysAfter = (ways: Float64Array, set: number, next: number, others: number): number =>
  ways[(set | (1 << next)) * others + next] as number;

function sumOver(bits: number, value: (bit: number) => number): number {
  let sum = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) sum += value(31 - Math.clz32(rest & -rest));
  return sum;
}

/** Takes the cycle with a random number, in the order of the seats' numbers. */
function unrank(n: number, arcs: Uint32Array, ways: Float64Array, below: Below): Uint32Array | undefined {
  const others = n - 1;
  const firsts = (arcs[0] as number) >> 1;
  const total = sumOver(firsts, (next) => waysAfter(ways, 0, next, others));
  if (total === 0) return undefined;
  let rank = below(total);
  const order = new Uint32Array(n);
  let set = 0;
  for (let at = 1, last = 0; at < n; at++) {
    let rest = ((arcs[last] as number) >> 1) & ~set;
    for (; rest !== 0; rest &= rest - 1) {
      const next = 31 - Math.clz32(rest & -rest);
      const count = waysAfter(ways, set, next, others);
      if (rank < count) {
        last = next + 1;
        break;
      }
      rank -= count;
    }
    set |= 1 << (last - 1);
    order[at] = last;
  }
  return order;
}
