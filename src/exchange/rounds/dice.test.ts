import { createCipheriv, createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createDice } from './dice.ts';

/** The keystream in words, by OpenSSL, whose counter is the beginning of its nonce. */
function keystream(seed: string, words: number): number[] {
  const key = createHash('sha256').update(`rfx/round/v1${seed}`).digest();
  const bytes = createCipheriv('chacha20', key, Buffer.alloc(16)).update(Buffer.alloc(words * 4));
  return Array.from({ length: words }, (_, at) => bytes.readUInt32LE(at * 4));
}

it('reads the keystream of ChaCha20 word by word, beyond the first block', () => {
  const below = createDice('seed');
  const expected = keystream('seed', 40_000);
  expect(expected.map(() => below(2 ** 32))).toEqual(expected);
});

it('leaves out words of the incomplete last multiple', () => {
  const n = 3 * 2 ** 30;
  const below = createDice('seed');
  const kept = keystream('seed', 1_000).filter((word) => word < n);
  expect(kept.length).toBeLessThan(800);
  expect(kept.map(() => below(n))).toEqual(kept);
});

it('joins two words above 2³², the first one the lower', () => {
  const [low = 0, high = 0] = keystream('seed', 2);
  const n = 17 * 16 * 2 ** 40;
  expect(createDice('seed')(n)).toBe(Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(n)));
});
