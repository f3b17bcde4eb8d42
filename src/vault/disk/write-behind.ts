import { blockSize } from '../vault.ts';
import { type BufferPool, isFastTransfer } from './buffer-pool.ts';

/** The file behind a `WriteBehind`. The next call of `add` or `finish` throws its failures. */
interface WriteTarget {
  /** Appends all of the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** fsync. */
  sync(): Promise<void>;
}

/** Buffered sequential writes to a file. */
interface WriteBehind {
  /** Takes a chunk. The caller may reuse its memory when this resolves. */
  add(chunk: Uint8Array): Promise<void>;
  /** Writes and syncs the rest. */
  finish(): Promise<void>;
  /** Waits for pending writes and ignores their failures. */
  close(): Promise<void>;
}

/** Bytes between background syncs, which shorten the final sync of a large file. */
const syncInterval = 8 * 1024 * 1024;

/**
 * Write-behind buffering: collects the chunks of a fast transfer in a pooled buffer, which is written while the next one
 * fills. Writes chunks directly in the first block, in a slow transfer, or if no buffer is free.
 */
export function createWriteBehind({ write, sync }: WriteTarget, buffers: BufferPool): WriteBehind {
  let buffer: Uint8Array | undefined;
  let filled = 0;
  let size = 0;
  let writing = Promise.resolve();
  const background = createBackgroundSync(sync);
  let idleSince = performance.now();

  /** Writes the buffer. Waits for the previous one first, so that a file has at most two. */
  async function flush(): Promise<void> {
    await writing;
    if (buffer === undefined) return;
    const full = buffer;
    writing = write(full.subarray(0, filled)).finally(() => buffers.release(full));
    writing.catch(() => undefined);
    background.noteWrite(filled, writing);
    buffer = undefined;
    filled = 0;
  }

  async function add(chunk: Uint8Array): Promise<void> {
    const isBuffered = size >= blockSize && isFastTransfer(chunk.byteLength, performance.now() - idleSince);
    size += chunk.byteLength;
    await take(chunk, isBuffered);
    idleSince = performance.now();
  }

  async function take(chunk: Uint8Array, isBuffered: boolean): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      if (isBuffered) buffer ??= buffers.acquire();
      if (buffer === undefined) {
        await writing;
        return write(chunk.subarray(at));
      }
      const bytes = chunk.subarray(at, at + buffer.byteLength - filled);
      buffer.set(bytes, filled);
      filled += bytes.byteLength;
      at += bytes.byteLength;
      if (filled === buffer.byteLength || !isBuffered) await flush();
    }
  }

  async function finish(): Promise<void> {
    await flush();
    await writing;
    // The kernel reports a failure to only one fsync: the final one proves nothing if an earlier one failed (fsyncgate).
    await background.idle();
    await sync();
  }

  async function close(): Promise<void> {
    await Promise.allSettled([writing, background.idle()]);
    if (buffer !== undefined) buffers.release(buffer);
    buffer = undefined;
  }

  return { add, finish, close };
}

/** Syncs every `syncInterval` bytes without delaying the writes. */
function createBackgroundSync(sync: WriteTarget['sync']) {
  let unsynced = 0;
  let isSyncing = false;
  let syncing = Promise.resolve();
  return {
    noteWrite: (bytes: number, writing: Promise<void>) => {
      unsynced += bytes;
      if (unsynced < syncInterval || isSyncing) return;
      unsynced = 0;
      isSyncing = true;
      syncing = writing.then(sync).then(() => {
        isSyncing = false;
      });
      syncing.catch(() => undefined);
    },
    /** Throws the failure of a sync. */
    idle: () => syncing,
  };
}
