import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import { blockSize, type Span, type StoredFacts, type Vault } from '../../vault.ts';
import { chunks, keysOf, newKey, sample } from '../samples.ts';

/** A vault under test. `damage` changes the bytes at rest; a change to undefined removes them. */
export interface OpenedVault {
  readonly vault: Vault;
  /** True if its checks are no CRCs, but what it needs to decrypt. */
  readonly isEncrypted?: true;
  damage(key: string, change: (bytes: Uint8Array) => Uint8Array | undefined): Promise<void>;
  close(): Promise<void>;
}

export const whole = ({ size }: Pick<StoredFacts, 'size'>): Span => ({ start: 0, end: size });

/** The expected facts, computed independently of the vault. */
export function expected(bytes: Uint8Array): StoredFacts {
  const checks = Buffer.alloc(Math.ceil(bytes.byteLength / blockSize) * 4);
  for (let at = 0; at < bytes.byteLength; at += blockSize) {
    checks.writeUInt32LE(crc32(bytes.subarray(at, at + blockSize)), (at / blockSize) * 4);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.byteLength, sha256, checks: Uint8Array.from(checks) };
}

/** Expects the facts of these bytes. */
export function expectFacts({ isEncrypted }: Pick<OpenedVault, 'isEncrypted'>, stored: StoredFacts, bytes: Uint8Array) {
  const facts = expected(bytes);
  expect(stored).toEqual(isEncrypted ? { ...facts, checks: stored.checks } : facts);
}

export async function putSample(vault: Vault, size: number) {
  const key = newKey();
  const bytes = sample(size);
  return { key, bytes, stored: await vault.put(key, chunks(bytes, [100_000])) };
}

/** Reads until the end or an error. */
export async function readUntilError(vault: Vault, key: string, stored: StoredFacts, span = whole(stored)) {
  const parts: Uint8Array[] = [];
  try {
    for await (const chunk of vault.read(key, stored, span)) parts.push(Uint8Array.from(chunk));
  } catch (error) {
    return { bytes: Buffer.concat(parts), error };
  }
  return { bytes: Buffer.concat(parts), error: undefined };
}

/** Expects an empty vault. A day later the sweep removes any leftover. */
export async function expectNothing(vault: Vault) {
  expect(await keysOf(vault)).toEqual([]);
  expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
}
