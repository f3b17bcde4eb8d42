import { dirname } from 'node:path';
import { Problem } from '../../contract/problems/problem.ts';
import { verifyBlock } from '../integrity/checksums.ts';
import { blockSize, type Span, type StoredFacts } from '../vault.ts';
import { type BufferPool, isFastTransfer } from './buffer-pool.ts';
import { errno } from './errors.ts';
import type { DiskOperations, FileHandle } from './fs-operations.ts';

/**
 * Reads a span of a file and yields verified blocks. A fast consumer gets several blocks per chunk, read ahead while it uses
 * the previous chunk. Throws as `Vault.read` does.
 */
export async function* readBlocks(
  disk: DiskOperations,
  path: string,
  stored: Pick<StoredFacts, 'size' | 'checks'>,
  span: Span,
  buffers: BufferPool,
): AsyncGenerator<Uint8Array, void, void> {
  assertWithin(span, stored.size);
  if (span.start === span.end) return;
  const file = await openGift(disk, path);
  const reads: PendingRead[] = [];
  let yielded: Uint8Array | undefined;
  try {
    const size = await onRead(disk.size(file));
    if (size !== stored.size) throw damaged(`${size} bytes instead of ${stored.size}`);
    // Uninitialised memory is safe: only verified bytes are yielded.
    const ownBuffer = Buffer.allocUnsafeSlow(Math.min(blockSize, size));
    const end = Math.min(size, blockStart(span.end - 1) + blockSize);
    const startRead = (start: number, pooled?: Uint8Array) => {
      const bytes = (pooled ?? ownBuffer).subarray(0, end - start);
      const done = fill(disk, file, bytes, start);
      // The loop below awaits it and throws its error.
      done.catch(() => undefined);
      reads.push({ start, bytes, pooled, done });
    };
    startRead(blockStart(span.start));
    let isFast = false;
    for (let read = reads[0]; read; read = reads[0]) {
      await read.done;
      const { start, bytes, pooled } = read;
      const next = start + bytes.byteLength;
      const ahead = isFast && next < end ? buffers.acquire() : undefined;
      if (ahead) startRead(next, ahead);
      const sound = countSoundBytes(stored.checks, read);
      if (start + sound > span.start) {
        const yieldedAt = performance.now();
        yielded = pooled;
        yield bytes.subarray(Math.max(0, span.start - start), Math.min(sound, span.end - start));
        yielded = undefined;
        isFast = isFastTransfer(sound, performance.now() - yieldedAt);
      }
      if (sound < bytes.byteLength) throw damaged(`block ${(start + sound) / blockSize} has changed`);
      reads.shift();
      if (pooled) buffers.release(pooled);
      if (!ahead && next < end) startRead(next, isFast ? buffers.acquire() : undefined);
    }
  } finally {
    for (const { done, pooled } of reads) {
      await done.catch(() => undefined);
      // An aborted consumer may still be sending this buffer: reuse would put another gift's bytes into its response.
      if (pooled && pooled === yielded) buffers.discard();
      else if (pooled) buffers.release(pooled);
    }
    // A failed close of a file that was only read loses nothing.
    await disk.close(file).catch(() => {});
  }
}

/** A read in progress, of one or more blocks. */
interface PendingRead {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** The buffer to return to the pool afterwards; undefined for the reader's own. */
  readonly pooled: Uint8Array | undefined;
  readonly done: Promise<void>;
}

/** Number of bytes before the first damaged block. */
function countSoundBytes(checks: Uint8Array, { start, bytes }: PendingRead): number {
  for (let at = 0; at < bytes.byteLength; at += blockSize) {
    const block = bytes.subarray(at, at + blockSize);
    if (!verifyBlock(checks, (start + at) / blockSize, block)) return at; // mutant: damage-unseen-on-disk
  }
  return bytes.byteLength;
}

/** Start of the block that contains `position`. */
export const blockStart = (position: number) => position - (position % blockSize);

/** Throws `RangeError` unless the span is within `size` bytes. */
export function assertWithin({ start, end }: Span, size: number): void {
  const isInteger = Number.isSafeInteger(start) && Number.isSafeInteger(end);
  if (!isInteger || start < 0 || start > end || end > size) {
    throw new RangeError(`No span of ${size} bytes: ${start} to ${end}`);
  }
}

async function openGift(disk: DiskOperations, path: string): Promise<FileHandle> {
  try {
    return await disk.open(path, 'r');
  } catch (error) {
    // If the folder is missing too, the whole disk is gone, perhaps not mounted. Draws must not quarantine intact gifts then.
    if (errno(error) !== 'ENOENT') throw unreadable(error);
    await onRead(disk.stat(dirname(path)));
    throw damaged('the file is gone', error);
  }
}

async function fill(disk: DiskOperations, file: FileHandle, block: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < block.byteLength; ) {
    const count = await onRead(disk.read(file, block.subarray(at), position + at));
    if (count === 0) throw damaged('the file ends too early');
    at += count;
  }
}

async function onRead<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unreadable(error);
  }
}

/** The problem for bytes that are not those that were stored. */
export const damaged = (reason: string, cause: unknown = new Error(reason)) => new Problem('gift-damaged', { cause });

/**
 * The problem for bytes that cannot be read. EIO is no damage: a failing controller returns it for every file, and an outage
 * must not quarantine the pool.
 */
export const unreadable = (cause: unknown) => new Problem('storage-failing', { reason: 'unreadable', cause });
