import { createHash } from 'node:crypto';
import { Problem } from '../../contract/problems/problem.ts';
import type { StoredFacts, Vault } from '../vault.ts';

/**
 * Reads all bytes of a gift. Returns the damage in words, or undefined if all CRCs and the SHA-256 match; `onBytes` reports
 * progress. Throws `Problem` `storage-failing` if they cannot be read.
 */
export async function findDamage(
  vault: Pick<Vault, 'read'>,
  key: string,
  stored: StoredFacts,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of vault.read(key, stored, { start: 0, end: stored.size })) {
      hash.update(chunk);
      onBytes(chunk.byteLength);
    }
  } catch (error) {
    if (error instanceof Problem && error.code === 'gift-damaged') return causeOf(error);
    throw error;
  }
  return hash.digest('hex') === stored.sha256 ? undefined : 'its SHA-256 is another';
}

const causeOf = ({ cause, message }: Problem) => (cause instanceof Error ? cause.message : message);

/** Copies chunks for another vault: one is valid only until the next, and the other vault may keep it longer. */
export async function* copyChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
