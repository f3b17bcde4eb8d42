import { maxChunkSize } from '../vault.ts';

/** Memory of all buffers of a vault, in bytes. A transfer that gets no buffer proceeds without one (P9). */
export const maxPoolSize = 8 * maxChunkSize;

/** In bytes per millisecond. A slower transfer would not benefit from a buffer, and would hold it for long. */
const minSpeed = 2 * 1024;

/** True if `bytes` moved fast enough in `time` milliseconds to use a pooled buffer. */
export const isFastTransfer = (bytes: number, time: number) => bytes >= time * minSpeed;

/** Fixed-size buffers that the transfers of a vault share. */
export interface BufferPool {
  /** A buffer of `maxChunkSize` bytes for exclusive use; undefined if all are in use. */
  acquire(): Uint8Array | undefined;
  release(buffer: Uint8Array): void;
  /** Instead of `release`, for a buffer that may still be in use: allows another one to be allocated. */
  discard(): void;
}

export function createBufferPool(): BufferPool {
  const free: Uint8Array[] = [];
  let allocated = 0;
  return {
    acquire: () => {
      if (free.length > 0 || allocated === maxPoolSize / maxChunkSize) return free.pop();
      allocated += 1;
      // Uninitialised memory is safe: only bytes written to it are used.
      return Buffer.allocUnsafeSlow(maxChunkSize);
    },
    release: (buffer) => void free.push(buffer),
    discard: () => {
      allocated -= 1;
    },
  };
}
