import { blockSize } from '../vault.ts';
import { type BufferPool, isCacheHit } from './buffer-pool.ts';

/** What becomes of the bytes; a failure of either is told to whoever waits for the file next. */
export interface Destination {
  /** Writes all of the bytes behind those before. */
  write(bytes: Uint8Array): Promise<void>;
  /** Brings to the disk itself what was written. */
  sync(): Promise<void>;
}

/** Bytes on their way to a file, in order. */
export interface WriteBehind {
  /** Takes a chunk, whose memory is the caller's again when this resolves. */
  add(chunk: Uint8Array): Promise<void>;
  /** Resolves when all is written and on the disk itself. */
  finish(): Promise<void>;
  /** Waits until nothing is under way any more, however that ended. */
  close(): Promise<void>;
}

/** So many bytes at a time are brought to the disk while more come in, so that the end of a large file need not wait for all. */
const syncEvery = 8 * 1024 * 1024;

/**
 * Collects what comes quickly behind the first block, and writes it a piece at a time while the next comes in. What comes
 * slowly, or finds no piece free, is written at once.
 */
export function writeBehind({ write, sync }: Destination, pieces: BufferPool): WriteBehind {
  let piece: Uint8Array | undefined;
  let filled = 0;
  let size = 0;
  let unsynced = 0;
  let isSyncing = false;
  let writing = Promise.resolve();
  let syncing = Promise.resolve();
  let waitingSince = performance.now();

  /** The piece before is waited for, so that a file has no more than two. */
  async function send(): Promise<void> {
    await writing;
    if (piece === undefined) return;
    const full = piece;
    writing = write(full.subarray(0, filled)).finally(() => pieces.giveBack(full));
    writing.catch(() => undefined);
    unsynced += filled;
    piece = undefined;
    filled = 0;
    if (unsynced < syncEvery || isSyncing) return;
    unsynced = 0;
    isSyncing = true;
    syncing = writing.then(sync).then(() => {
      isSyncing = false;
    });
    syncing.catch(() => undefined);
  }

  async function add(chunk: Uint8Array): Promise<void> {
    const mayWait =
      size >= blockSize && isCacheHit(chunk.byteLength, performance.now() - waitingSince);
    size += chunk.byteLength;
    await take(chunk, mayWait);
    waitingSince = performance.now();
  }

  async function take(chunk: Uint8Array, mayWait: boolean): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      if (mayWait) piece ??= pieces.take();
      if (piece === undefined) {
        await writing;
        return write(chunk.subarray(at));
      }
      const part = chunk.subarray(at, at + piece.byteLength - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled === piece.byteLength || !mayWait) await send();
    }
  }

  async function finish(): Promise<void> {
    await send();
    await writing;
    // One that failed may have been the only one to be told, so that another would prove nothing.
    await syncing;
    await sync();
  }

  async function close(): Promise<void> {
    await Promise.allSettled([writing, syncing]);
    if (piece !== undefined) pieces.giveBack(piece);
    piece = undefined;
  }

  return { add, finish, close };
}
