/** Memory that transfers share: of a file that moves quickly, a piece of this size is read or written at a time. */
import { maxChunkSize } from '../vault.ts';

/** What all transfers of a vault may hold together, in bytes; a transfer that finds no piece goes on without (P9). */
export const maxSharedSize = 8 * maxChunkSize;

/** In bytes a millisecond: a slower transfer would gain nothing by a piece, and keep it from others. */
const quick = 2 * 1024;

/** Whether so many bytes moved quickly, in so many milliseconds. */
export const isCacheHit = (bytes: number, time: number) => bytes >= time * quick;

export interface BufferPool {
  /** The caller's until it gives it back; undefined when all are in use. */
  take(): Uint8Array | undefined;
  giveBack(piece: Uint8Array): void;
  /** Instead of giving one back that may still be in use elsewhere: another will be made in its place. */
  forget(): void;
}

export function sharedBufferPool(): BufferPool {
  const free: Uint8Array[] = [];
  let made = 0;
  return {
    take: () => {
      if (free.length > 0 || made === maxSharedSize / maxChunkSize) return free.pop();
      made += 1;
      // Not from Buffer's shared pool and not cleared: only bytes that were put there are ever used.
      return Buffer.allocUnsafeSlow(maxChunkSize);
    },
    giveBack: (piece) => void free.push(piece),
    forget: () => {
      made -= 1;
    },
  };
}
