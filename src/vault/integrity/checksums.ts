import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { blockSize, type StoredFacts } from '../vault.ts';

const checkSize = 4;

/** What is learned of bytes as they pass by, whatever the borders of the chunks they come in. */
export interface ChecksumBuilder {
  add(chunk: Uint8Array): void;
  /** To be asked once, after the last chunk. */
  stored(): StoredFacts;
}

/** Counts and hashes a stream: SHA-256 of the whole, CRC-32 of each block. Holds 4 bytes a block and no data. */
export function createChecksumBuilder(): ChecksumBuilder {
  const hash = createHash('sha256');
  const done: number[] = [];
  let size = 0;
  let crc = 0;

  function add(chunk: Uint8Array): void {
    hash.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + blockSize - (size % blockSize));
      crc = crc32(part, crc);
      size += part.byteLength;
      at += part.byteLength;
      if (size % blockSize === 0) {
        done.push(crc);
        crc = 0;
      }
    }
  }

  function stored(): StoredFacts {
    const all = size % blockSize === 0 ? done : [...done, crc];
    const checks = new Uint8Array(all.length * checkSize);
    const view = new DataView(checks.buffer);
    for (const [block, value] of all.entries()) view.setUint32(block * checkSize, value, true);
    return { size, sha256: hash.digest('hex'), checks };
  }

  return { add, stored };
}

/**
 * Says whether a block is the one that was kept; `block` counts from 0. A block that `checks` does not reach is not:
 * what cannot be checked must not leave.
 */
export function verifyBlock(checks: Uint8Array, block: number, bytes: Uint8Array): boolean {
  const at = block * checkSize;
  if (at + checkSize > checks.byteLength) return false;
  const view = new DataView(checks.buffer, checks.byteOffset, checks.byteLength);
  return view.getUint32(at, true) === crc32(bytes);
}
