/** Chance that can be thrown again: the same seed gives the same numbers. */

export interface Dice {
  /** A whole number from 0 to below n. */
  roll(n: number): number;
  /** True so often, from 0 to 1. */
  chance(share: number): boolean;
  one<T>(of: readonly T[]): T;
  /** Dice of their own for somebody, so that nobody's throws depend on who throws first. */
  of(name: string | number): Dice;
}

/** Mulberry32 by Tommy Ettinger (public domain); the seed may be any text. */
export function diceOf(seed: string): Dice {
  let state = hash(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const roll = (n: number) => Math.floor(next() * n);
  return {
    roll,
    chance: (share) => next() < share,
    one: (of) => of[roll(of.length)] as (typeof of)[number],
    of: (name) => diceOf(`${seed}/${name}`),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return state;
}
