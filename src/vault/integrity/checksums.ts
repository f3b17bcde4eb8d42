import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { blockSize, type Checking, type StoredFacts, selfAuthenticating } from '../vault.ts';

/** Size of a CRC-32 in bytes. */
const crcSize = 4;

/** Computes the facts of a stream; chunk borders do not matter. */
interface ChecksumBuilder {
  add(chunk: Uint8Array): void;
  /** Call once, after the last chunk. */
  stored(): StoredFacts;
}

/** Computes size, SHA-256 and the CRC-32 of each block, or the size only. Keeps 4 bytes per block and no data. */
export const createChecksumBuilder = (checking: Checking = 'checksums'): ChecksumBuilder =>
  checking === 'checksums' ? computeAll() : countBytes();

function countBytes(): ChecksumBuilder {
  let size = 0;
  return {
    add: (chunk) => {
      size += chunk.byteLength;
    },
    stored: () => ({ size, sha256: '', checks: selfAuthenticating }),
  };
}

function computeAll(): ChecksumBuilder {
  const hash = createHash('sha256');
  const crcs: number[] = [];
  let size = 0;
  let crc = 0;

  function add(chunk: Uint8Array): void {
    hash.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      const bytes = chunk.subarray(at, at + blockSize - (size % blockSize));
      crc = crc32(bytes, crc);
      size += bytes.byteLength;
      at += bytes.byteLength;
      if (size % blockSize === 0) {
        crcs.push(crc);
        crc = 0;
      }
    }
  }

  function stored(): StoredFacts {
    const all = size % blockSize === 0 ? crcs : [...crcs, crc];
    const checks = new Uint8Array(all.length * crcSize);
    const view = new DataView(checks.buffer);
    for (const [block, value] of all.entries()) view.setUint32(block * crcSize, value, true);
    return { size, sha256: hash.digest('hex'), checks };
  }

  return { add, stored };
}

/** True if a block, counted from 0, has its stored CRC-32, or needs none. False if `checks` has none for it. */
export function verifyBlock(checks: Uint8Array, block: number, bytes: Uint8Array): boolean {
  if (checks === selfAuthenticating) return true;
  const at = block * crcSize;
  if (at + crcSize > checks.byteLength) return false;
  const view = new DataView(checks.buffer, checks.byteOffset, checks.byteLength);
  return view.getUint32(at, true) === crc32(bytes);
}
