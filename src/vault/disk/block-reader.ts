import { dirname } from 'node:path';
import { Problem } from '../../contract/problems/problem.ts';
import { verifyBlock } from '../integrity/checksums.ts';
import { blockSize, type Span, type StoredFacts } from '../vault.ts';
import { type BufferPool, isCacheHit } from './buffer-pool.ts';
import { errno } from './errors.ts';
import type { DiskOperations, FileHandle } from './fs-operations.ts';

/**
 * Reads a span of a file block by block, and gives out a block only after its check; to a consumer who is quick, several
 * at once, of which the next are read while those before are being used. The file is open from the first chunk asked for
 * until the last, an error, or the consumer's `return`. Throws `gift-damaged` or `storage-failing`, as `Vault.read` says.
 */
export async function* readBlocks(
  disk: DiskOperations,
  path: string,
  stored: Pick<StoredFacts, 'size' | 'checks'>,
  span: Span,
  pieces: BufferPool,
): AsyncGenerator<Uint8Array, void, void> {
  assertWithin(span, stored.size);
  if (span.start === span.end) return;
  const file = await openGift(disk, path);
  const readings: Reading[] = [];
  let givenOut: Uint8Array | undefined;
  try {
    const size = await onRead(disk.size(file));
    if (size !== stored.size) throw damaged(`${size} bytes instead of ${stored.size}`);
    // Not from Buffer's shared pool and not cleared: only bytes that passed their check are ever shown.
    const own = Buffer.allocUnsafeSlow(Math.min(blockSize, size));
    const end = Math.min(size, blockStart(span.end - 1) + blockSize);
    const begin = (start: number, piece?: Uint8Array) => {
      const bytes = (piece ?? own).subarray(0, end - start);
      const done = fill(disk, file, bytes, start);
      // Told to whoever waits for it.
      done.catch(() => undefined);
      readings.push({ start, bytes, piece, done });
    };
    begin(blockStart(span.start));
    let wasQuick = false;
    for (let reading = readings[0]; reading; reading = readings[0]) {
      await reading.done;
      const { start, bytes, piece } = reading;
      const next = start + bytes.byteLength;
      const ahead = wasQuick && next < end ? pieces.take() : undefined;
      if (ahead) begin(next, ahead);
      const sound = soundBytes(stored.checks, reading);
      if (start + sound > span.start) {
        const begun = performance.now();
        givenOut = piece;
        yield bytes.subarray(Math.max(0, span.start - start), Math.min(sound, span.end - start));
        givenOut = undefined;
        wasQuick = isCacheHit(sound, performance.now() - begun);
      }
      if (sound < bytes.byteLength)
        throw damaged(`block ${(start + sound) / blockSize} has changed`);
      readings.shift();
      if (piece) pieces.giveBack(piece);
      if (!ahead && next < end) begin(next, wasQuick ? pieces.take() : undefined);
    }
  } finally {
    for (const { done, piece } of readings) {
      await done.catch(() => undefined);
      // What a consumer left half way may still be on its way out, and must not become another gift's bytes there.
      if (piece && piece === givenOut) pieces.forget();
      else if (piece) pieces.giveBack(piece);
    }
    // Nothing was written through it, so a failing close loses nothing and must not hide the error on its way.
    await disk.close(file).catch(() => {});
  }
}

/** Some blocks on their way into memory. */
interface Reading {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** What is to be given back once the bytes were used. */
  readonly piece: Uint8Array | undefined;
  readonly done: Promise<void>;
}

/** How many bytes pass their checks before the first block that does not. */
function soundBytes(checks: Uint8Array, { start, bytes }: Reading): number {
  for (let at = 0; at < bytes.byteLength; at += blockSize) {
    const block = bytes.subarray(at, at + blockSize);
    if (!verifyBlock(checks, (start + at) / blockSize, block)) return at; // mutant: damage-unseen-on-disk
  }
  return bytes.byteLength;
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
