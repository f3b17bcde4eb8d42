/** The dice of a round: all of them follow from its seed, so that a draw can be repeated. */
import { createHash } from 'node:crypto';
import { chacha20 } from '@noble/ciphers/chacha.js';
import type { Below } from './draw-types.ts';

const words = 2 ** 32;

/** Bytes of the keystream that are made at once. */
const blockSize = 64 * 1024;

/**
 * Dice from a seed: the keystream of ChaCha20 (RFC 8439, nonce of zeros) under SHA-256("rfx/round/v1" ‖ seed), in little-endian words
 * of 32 bits. A word in the incomplete last multiple of n is left out; above 2³², two words make one number, the first one the lower.
 */
export function createDice(seed: string): Below {
  const key = createHash('sha256').update('rfx/round/v1').update(seed).digest();
  const zeros = new Uint8Array(blockSize);
  let block = new DataView(new ArrayBuffer(0));
  let at = 0;
  let blocks = 0;
  const word = () => {
    if (at === block.byteLength) {
      const stream = chacha20(key, new Uint8Array(12), zeros, undefined, (blocks * blockSize) / 64);
      block = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
      at = 0;
      blocks += 1;
    }
    at += 4;
    return block.getUint32(at - 4, true);
  };
  return (n) => (n <= words ? belowOf(n, word) : belowWide(n, word));
}

function belowOf(n: number, word: () => number): number {
  const limit = words - (words % n);
  for (;;) {
    const value = word();
    if (value < limit) return value % n;
  }
}

function belowWide(n: number, word: () => number): number {
  const [wide, range] = [BigInt(n), 1n << 64n];
  const limit = range - (range % wide);
  for (;;) {
    const low = BigInt(word());
    const value = (BigInt(word()) << 32n) | low;
    if (value < limit) return Number(value % wide);
  }
}
