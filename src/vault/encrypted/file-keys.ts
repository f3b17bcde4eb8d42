/** The key of each gift's file, which the ledger keeps in place of its checksums, sealed under the operator's key. */

import { Problem } from '../../contract/problems/problem.ts';
import { inputKeySize } from '../../encryption/chunk-cipher.ts';
import { fingerprintOf, type KeyRing, type Opened, sealOverhead } from '../../encryption/key-ring.ts';
import { assertKey } from '../keys.ts';

/** No list of CRCs has this length, as each CRC has 4 bytes. */
const sealedKeySize = inputKeySize + sealOverhead;

/** The fingerprint of the operator's key behind the checks of a gift; undefined for a gift that is not encrypted. */
export const keyOfChecks = (checks: Uint8Array): string | undefined =>
  isSealedKey(checks.byteLength) ? fingerprintOf(checks) : undefined;

/** True for the checks of an encrypted gift, by their length. */
export const isSealedKey = (checksSize: number): boolean => checksSize === sealedKeySize;

/** The context of a gift's ciphertext, so that no file can take another's place. */
export function fileContext(key: string): Uint8Array {
  assertKey(key);
  return Buffer.from(key, 'hex'); // mutant: context-not-bound
}

/** The context of a file's sealed key: the gift's key and its size, which is only known once all bytes have come. */
function sealContext(key: string, size: number): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(size));
  return Buffer.concat([fileContext(key), length]);
}

/** Seals the key of a gift's file. */
export const sealFileKey = (ring: KeyRing, fileKey: Uint8Array, key: string, size: number): Uint8Array =>
  ring.seal('file-key', fileKey, sealContext(key, size));

/** Seals the key of a gift's file anew under the first key of the ring; undefined if it cannot be opened. */
export function resealFileKey(ring: KeyRing, checks: Uint8Array, key: string, size: number): Uint8Array | undefined {
  const opened = ring.open('file-key', checks, sealContext(key, size));
  return 'bytes' in opened ? sealFileKey(ring, opened.bytes, key, size) : undefined;
}

/**
 * Opens the key of a gift's file. Throws `gift-damaged` if it is not this gift's, and `storage-failing` if the operator's key is
 * missing, since the gift itself is sound then.
 */
export function openFileKey(ring: KeyRing | undefined, checks: Uint8Array, key: string, size: number): Uint8Array {
  const opened: Opened = ring?.open('file-key', checks, sealContext(key, size)) ?? { failure: 'unknown-key' };
  if ('bytes' in opened) return opened.bytes;
  if (opened.failure === 'changed')
    throw new Problem('gift-damaged', { cause: new Error('its key was changed or is that of another gift') });
  const cause = new Error(`its key is sealed under one that ENCRYPTION_KEYS lacks (${keyOfChecks(checks)})`);
  throw new Problem('storage-failing', { reason: 'unreadable', cause });
}
