/** Reads all bytes of a gift, for who wants to know whether they are still what was given. */
import { createHash } from 'node:crypto';
import { Problem } from '../../contract/problems/problem.ts';
import type { StoredFacts, Vault } from '../vault.ts';

/**
 * What is wrong with the bytes of a key, or undefined when each block and the SHA-256 of the whole are right. `passed` is told
 * how many more were read. Throws `Problem` `storage-failing` when they cannot be read.
 */
export async function findDamage(
  vault: Pick<Vault, 'read'>,
  key: string,
  stored: StoredFacts,
  passed: (bytes: number) => void = () => undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of vault.read(key, stored, { start: 0, end: stored.size })) {
      hash.update(chunk);
      passed(chunk.byteLength);
    }
  } catch (error) {
    if (error instanceof Problem && error.code === 'gift-damaged') return causeOf(error);
    throw error;
  }
  return hash.digest('hex') === stored.sha256 ? undefined : 'its SHA-256 is another';
}

const causeOf = ({ cause, message }: Problem) => (cause instanceof Error ? cause.message : message);
