/** Chance that can be thrown again: the same seed gives the same numbers. */

export interface SeededRandom {
  /** A whole number from 0 to below n. */
  below(n: number): number;
  /** True so often, from 0 to 1. */
  chance(share: number): boolean;
  pick<T>(of: readonly T[]): T;
  /** Dice of their own for somebody, so that nobody's throws depend on who throws first. */
  derive(name: string | number): SeededRandom;
}

/** Mulberry32 by Tommy Ettinger (public domain); the seed may be any text. */
export function createSeededRandom(seed: string): SeededRandom {
  let state = hash(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    chance: (share) => next() < share,
    pick: (of) => of[below(of.length)] as (typeof of)[number],
    derive: (name) => createSeededRandom(`${seed}/${name}`),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return state;
}
