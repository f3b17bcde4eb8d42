import { createHash, randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { asDiskProblem, errno } from '../disk/errors.ts';
import { fileTimes } from '../disk/folders.ts';
import { append, type DiskOperations, type FileHandle } from '../disk/fs-operations.ts';
import { createChecksumBuilder } from '../integrity/checksums.ts';
import type { Span, StoredFacts } from '../vault.ts';
import type { UploadBody } from './requests.ts';
import type { StallWatch } from './retry.ts';

/** Bytes that have come in whole, for as often as they must be sent. */
export interface Spooled {
  readonly stored: StoredFacts;
  /** A part of them to send, watched. */
  load(span: Span, watch: StallWatch): Promise<UploadBody>;
  close(): Promise<void>;
}

export type Spool = Awaited<ReturnType<typeof openSpool>>;

/** How much of a file is read at once, and in how many buffers by turns. */
const chunkSize = 64 * 1024;
const buffers = 4;

/**
 * A folder on the local disk where a gift waits until all of it is here. S3 wants to know size and SHA-256 before the
 * first byte, and wants all of it again when a try fails: memory cannot hold that for a hundred gifts at once (a part of
 * an upload in parts has five megabytes at least), a file can. Nothing here outlives the process: a file loses its name as
 * soon as it is open, so its room is free again when it is closed, in whatever way.
 */
export async function openSpool(disk: DiskOperations, folder: string) {
  await disk.mkdir(resolve(folder));
  return findSpool(disk, folder);
}

/** The spool in a folder that may be there or not; nothing is made. */
export function findSpool(disk: DiskOperations, folder: string) {
  const root = resolve(folder);

  async function* left(): AsyncGenerator<{ name: string; time: number }> {
    const names = await asDiskProblem(() => namesIn(disk, root));
    for await (const [name, { mtimeMs }] of fileTimes(disk, root, names))
      yield { name, time: mtimeMs };
  }

  return {
    /** Names that a process left behind between making a file and taking its name away, or is about to take away. */
    left,

    /** Takes everything in. An error of the source passes as it is; the disk's are `Problem`s, as ever. */
    async take(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Spooled> {
      const { into, from } = await asDiskProblem(() => openNameless(disk, root));
      const close = () => closeAll(disk, [into, from]);
      try {
        const tally = createChecksumBuilder();
        for await (const chunk of bytes) {
          tally.add(chunk);
          await asDiskProblem(() => append(disk, into, chunk));
        }
        const stored = tally.stored();
        const load: Spooled['load'] = async (span, watch) => ({
          body: streamOf(disk, from, span, watch),
          size: span.end - span.start,
          sha256:
            span.end - span.start === stored.size ? stored.sha256 : await hashOf(disk, from, span),
        });
        return { stored, load, close };
      } catch (error) {
        await close();
        throw error;
      }
    },

    /** Removes those names that are older. */
    async sweep(before: number): Promise<number> {
      let removed = 0;
      for await (const { name, time } of left()) {
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

/** None where there is no folder: no gift has come by way of this machine yet. */
async function namesIn(disk: DiskOperations, root: string): Promise<string[]> {
  return disk.readdir(root).catch((error) => {
    if (errno(error) !== 'ENOENT') throw error;
    return [];
  });
}

/** A new file, open to write and to read, whose name is gone. */
async function openNameless(disk: DiskOperations, root: string) {
  const path = join(root, randomBytes(16).toString('hex'));
  const opened: FileHandle[] = [];
  try {
    const into = await disk.open(path, 'wx');
    opened.push(into);
    const from = await disk.open(path, 'r');
    opened.push(from);
    await disk.unlink(path);
    return { into, from };
  } catch (error) {
    await closeAll(disk, opened);
    // The name goes now or with a sweep.
    await disk.unlink(path).catch(() => {});
    throw error;
  }
}

/** What fails here loses nothing: the bytes are S3's, or nobody's. */
async function closeAll(disk: DiskOperations, files: readonly FileHandle[]): Promise<void> {
  for (const file of files) await disk.close(file).catch(() => {});
}

async function hashOf(disk: DiskOperations, file: FileHandle, span: Span): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(disk, file, span, () => {})) hash.update(chunk);
  return hash.digest('hex');
}

/** Reads one chunk ahead and no more. Who sends the stream does not listen to its errors. */
function streamOf(disk: DiskOperations, file: FileHandle, span: Span, watch: StallWatch): Readable {
  const chunks = chunksOf(disk, file, span, watch.moved);
  const options = { objectMode: false, highWaterMark: 1 };
  return Readable.from(chunks, options).on('error', watch.giveUp);
}

/**
 * A few buffers by turns: new ones for gigabytes would be garbage faster than it is collected. A stream holds one chunk,
 * and a connection takes no third before the first has left it. Were it otherwise, S3 would find that the SHA-256 is not
 * the signed one, and refuse.
 */
async function* chunksOf(disk: DiskOperations, file: FileHandle, span: Span, moved: () => void) {
  const size = Math.min(chunkSize, span.end - span.start);
  const ring = Array.from({ length: buffers }, () => Buffer.allocUnsafeSlow(size));
  for (let at = span.start, turn = 0; at < span.end; at += size, turn += 1) {
    const chunk = (ring[turn % buffers] as Buffer).subarray(0, span.end - at);
    await fill(disk, file, chunk, at);
    moved();
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
