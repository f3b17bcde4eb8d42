import { dirname } from 'node:path';
import { Problem } from '../contract/problems.ts';
import { verifyBlock } from './checks.ts';
import { errno } from './failures.ts';
import type { DiskOperations, FileHandle } from './operations.ts';
import { blockSize, type Span, type Stored } from './vault.ts';

/**
 * Reads a span of a file through one buffer of a block, which every chunk is a view of, and gives out a block only
 * after its check. The file is open from the first chunk asked for until the last, an error, or the consumer's `return`.
 * Throws `gift-damaged` or `storage-failing`, as `Vault.read` says.
 */
export async function* readBlocks(
  disk: DiskOperations,
  path: string,
  stored: Pick<Stored, 'size' | 'checks'>,
  span: Span,
): AsyncGenerator<Uint8Array, void, void> {
  assertWithin(span, stored.size);
  if (span.start === span.end) return;
  const file = await openGift(disk, path);
  try {
    const size = await onRead(disk.size(file));
    if (size !== stored.size) throw damaged(`${size} bytes instead of ${stored.size}`);
    // Not from Buffer's shared pool and not cleared: only bytes that passed their check are ever shown.
    const buffer = Buffer.allocUnsafeSlow(Math.min(blockSize, size));
    for (let start = blockStart(span.start); start < span.end; start += blockSize) {
      const block = buffer.subarray(0, Math.min(blockSize, size - start));
      await fill(disk, file, block, start);
      const index = start / blockSize;
      if (!verifyBlock(stored.checks, index, block)) throw damaged(`block ${index} has changed`);
      yield block.subarray(Math.max(0, span.start - start), span.end - start);
    }
  } finally {
    // Nothing was written through it, so a failing close loses nothing and must not hide the error on its way.
    await disk.close(file).catch(() => {});
  }
}

/** Where the block of a position begins. */
export const blockStart = (position: number) => position - (position % blockSize);

/** Refuses a span that is not within so many bytes. */
export function assertWithin({ start, end }: Span, size: number): void {
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
  if (!whole || start < 0 || start > end || end > size) {
    throw new RangeError(`No span of ${size} bytes: ${start} to ${end}`);
  }
}

async function openGift(disk: DiskOperations, path: string): Promise<FileHandle> {
  try {
    return await disk.open(path, 'r');
  } catch (error) {
    // Without its folder it is not this gift that is gone but the whole disk (not mounted, say): that must not let
    // one draw after the other write off gifts that are all well.
    if (errno(error) !== 'ENOENT') throw unreadable(error);
    await onRead(disk.stat(dirname(path)));
    throw damaged('the file is gone', error);
  }
}

async function fill(
  disk: DiskOperations,
  file: FileHandle,
  block: Uint8Array,
  position: number,
): Promise<void> {
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

/** The bytes are not those that were kept. */
export const damaged = (why: string, cause: unknown = new Error(why)) =>
  new Problem('gift-damaged', { cause });

/**
 * An unreadable block (EIO) is not called damage: a controller, network disk or mount in trouble answers EIO for every
 * file, and a short outage would get the whole pool quarantined. `doctor` tells the one bad sector apart.
 */
export const unreadable = (cause: unknown) =>
  new Problem('storage-failing', { reason: 'unreadable', cause });
