/** Reproducible randomness for tests: the same seed gives the same choices. */
import { seededRandom } from '../../src/ledger/testing/samples.ts';

export interface SeededRandom {
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
  /** True with this probability, from 0 to 1. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** An independent generator: clients do not depend on the order in which they draw numbers. */
  derive(name: string | number): SeededRandom;
}

export function createSeededRandom(seed: string): SeededRandom {
  const random = seededRandom(fnv1a(seed));
  const below = (n: number) => (n > 0 ? random(n) : 0);
  const steps = 2 ** 32;
  return {
    below,
    chance: (probability) => below(steps) < probability * steps,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    derive: (name) => createSeededRandom(`${seed}/${name}`),
  };
}

/** The 32-bit FNV-1a hash. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
