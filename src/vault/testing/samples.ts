import { randomBytes } from 'node:crypto';
import type { Vault } from '../vault.ts';

/** A new random key. */
export const newKey = () => randomBytes(16).toString('hex');

/** Pseudorandom bytes, the same in every run. */
export function sample(size: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let at = 0, word = 1; at < words.length; at += 1) {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    words[at] = word ^ (word >>> 16);
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** Yields the bytes in chunks of these sizes, then the rest in one. */
export async function* chunks(bytes: Uint8Array, sizes: readonly number[] = []) {
  let at = 0;
  for (const size of [...sizes, bytes.byteLength]) {
    // A source may reuse the memory of a chunk for the next one.
    const chunk = bytes.slice(at, at + size);
    if (chunk.byteLength > 0) yield chunk;
    chunk.fill(0);
    at += size;
  }
}

/** Copies all chunks, since each is valid only until the next one. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source) parts.push(Uint8Array.from(chunk));
  return Buffer.concat(parts);
}

/** All keys of a vault. */
export async function keysOf(vault: Vault): Promise<string[]> {
  const keys: string[] = [];
  for await (const shard of vault.shards()) keys.push(...shard.keys.keys());
  return keys;
}

/** Stores 3,000 bytes in three chunks. */
export const putInChunks = (vault: Vault, key: string) => vault.put(key, chunks(sample(3000), [1000, 1000]));
