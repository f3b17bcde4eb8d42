import { createHash, randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { asDiskProblem, errno } from '../disk/errors.ts';
import { statFiles } from '../disk/folders.ts';
import { append, type DiskOperations, type FileHandle } from '../disk/fs-operations.ts';
import { createChecksumBuilder } from '../integrity/checksums.ts';
import type { Checking, Span, StoredFacts } from '../vault.ts';
import type { UploadBody } from './requests.ts';
import type { StallWatch } from './retry.ts';

/** A whole file in the spool, readable as often as it must be sent. */
export interface SpooledFile {
  readonly stored: StoredFacts;
  /** Opens a span of it as the body of a request, which reports its progress to `watch`. */
  open(span: Span, watch: StallWatch): Promise<UploadBody>;
  close(): Promise<void>;
}

export type Spool = Awaited<ReturnType<typeof openSpool>>;

const chunkSize = 64 * 1024;

/** Chunks of a stream rotate through this many buffers. */
const ringSize = 4;

/**
 * A local folder for gifts before they are sent: S3 needs their SHA-256 before the first byte, and retries need all bytes.
 * Files are unlinked as soon as they are open, so nothing outlives the process.
 */
export async function openSpool(disk: DiskOperations, folder: string) {
  await disk.mkdir(resolve(folder));
  return findSpool(disk, folder);
}

/** The spool in a folder that may be missing; creates nothing. */
export function findSpool(disk: DiskOperations, folder: string) {
  const root = resolve(folder);

  async function* leftovers(): AsyncGenerator<{ name: string; time: number }> {
    const names = await asDiskProblem(() => namesIn(disk, root));
    for await (const [name, { mtimeMs }] of statFiles(disk, root, names)) yield { name, time: mtimeMs };
  }

  return {
    /** Files that a process created but has not unlinked. */
    leftovers,

    /** Stores all bytes. Throws errors of the source unchanged, and those of the disk as `Problem`. */
    store: (bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, checking?: Checking) =>
      storeFile(disk, root, bytes, checking),

    /** Removes leftovers older than `before`, in milliseconds since 1970. Returns their number. */
    async sweep(before: number): Promise<number> {
      let removed = 0;
      for await (const { name, time } of leftovers()) {
        if (time >= before) continue;
        await asDiskProblem(() => disk.unlink(join(root, name)));
        removed += 1;
      }
      return removed;
    },

    /** Free space in bytes. */
    async free(): Promise<number> {
      const { bavail, bsize } = await asDiskProblem(() => disk.statfs(root));
      return bavail * bsize;
    },
  };
}

async function storeFile(
  disk: DiskOperations,
  root: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  checking: Checking = 'checksums',
): Promise<SpooledFile> {
  const { writer, reader } = await asDiskProblem(() => openUnlinked(disk, root));
  const close = () => closeAll(disk, [writer, reader]);
  try {
    const checksums = createChecksumBuilder(checking);
    // S3 signs the SHA-256 of what it is sent, which is ciphertext then.
    const hash = checking === 'self-authenticating' ? createHash('sha256') : undefined;
    for await (const chunk of bytes) {
      checksums.add(chunk);
      hash?.update(chunk);
      await asDiskProblem(() => append(disk, writer, chunk));
    }
    const stored = checksums.stored();
    const sha256 = hash?.digest('hex') ?? stored.sha256;
    const open: SpooledFile['open'] = async (span, watch) => {
      const size = span.end - span.start;
      return {
        body: streamOf(disk, reader, span, watch),
        size,
        sha256: size === stored.size ? sha256 : await hashOf(disk, reader, span),
      };
    };
    return { stored, open, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Empty if there is no folder. */
async function namesIn(disk: DiskOperations, root: string): Promise<string[]> {
  return disk.readdir(root).catch((error) => {
    if (errno(error) !== 'ENOENT') throw error;
    return [];
  });
}

/** A new file, opened for writing and for reading, then unlinked. */
async function openUnlinked(disk: DiskOperations, root: string) {
  const path = join(root, randomBytes(16).toString('hex'));
  const opened: FileHandle[] = [];
  try {
    const writer = await disk.open(path, 'wx');
    opened.push(writer);
    const reader = await disk.open(path, 'r');
    opened.push(reader);
    await disk.unlink(path);
    return { writer, reader };
  } catch (error) {
    await closeAll(disk, opened);
    // If this fails too, the sweep removes the file.
    await disk.unlink(path).catch(() => {});
    throw error;
  }
}

/** Ignores failures: the bytes are in S3 or no longer needed. */
async function closeAll(disk: DiskOperations, files: readonly FileHandle[]): Promise<void> {
  for (const file of files) await disk.close(file).catch(() => {});
}

async function hashOf(disk: DiskOperations, file: FileHandle, span: Span): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(disk, file, span, () => {})) hash.update(chunk);
  return hash.digest('hex');
}

/** Reads at most one chunk ahead. The SDK ignores errors of the stream, so they abort the attempt. */
function streamOf(disk: DiskOperations, file: FileHandle, span: Span, watch: StallWatch): Readable {
  const chunks = chunksOf(disk, file, span, watch.progress);
  const options = { objectMode: false, highWaterMark: 1 };
  return Readable.from(chunks, options).on('error', watch.abort);
}

/**
 * Yields chunks in a ring of buffers; new ones would be garbage faster than it is collected. A stream holds one chunk and
 * the connection at most two; otherwise S3 would reject the body, whose SHA-256 is signed.
 */
async function* chunksOf(
  disk: DiskOperations,
  file: FileHandle,
  span: Span,
  progress: () => void,
): AsyncGenerator<Uint8Array> {
  const size = Math.min(chunkSize, span.end - span.start);
  const ring = Array.from({ length: ringSize }, () => Buffer.allocUnsafeSlow(size));
  for (let at = span.start, count = 0; at < span.end; at += size, count += 1) {
    const chunk = (ring[count % ringSize] as Buffer).subarray(0, span.end - at);
    await fill(disk, file, chunk, at);
    progress();
    yield chunk;
  }
}

async function fill(disk: DiskOperations, file: FileHandle, chunk: Uint8Array, position: number) {
  for (let at = 0; at < chunk.byteLength; ) {
    const count = await disk.read(file, chunk.subarray(at), position + at);
    if (count === 0) throw new Error('A file of the spool ends too early');
    at += count;
  }
}
