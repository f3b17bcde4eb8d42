import type { Stats, StatsFs } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';

export type { FileHandle };

/**
 * Everything the disk vault asks of the file system. Given as an argument so that a test can record the order of calls
 * or let one of them fail, without patching modules.
 */
export interface DiskOperations {
  /** `wx` creates (and refuses a name that is there), `r` reads files and folders. */
  open(path: string, flags: 'wx' | 'r'): Promise<FileHandle>;
  /** Appends, and says how many bytes went: like the system call, it may be fewer than asked. */
  write(file: FileHandle, bytes: Uint8Array): Promise<number>;
  /** Reads from a place in the file, and says how many bytes came: may be fewer than asked, 0 at the end. */
  read(file: FileHandle, into: Uint8Array, position: number): Promise<number>;
  size(file: FileHandle): Promise<number>;
  fsync(file: FileHandle): Promise<void>;
  close(file: FileHandle): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  stat(path: string): Promise<Stats>;
  statfs(path: string): Promise<StatsFs>;
  readdir(path: string): Promise<string[]>;
  /** Makes a folder and those above it; says which was the first that had to be made. */
  mkdir(path: string): Promise<string | undefined>;
}

/** The real ones. Never group-writable, never executable; folders are closed to others. */
export const nodeOperations: DiskOperations = {
  open: (path, flags) => open(path, flags, 0o640),
  write: async (file, bytes) => (await file.write(bytes)).bytesWritten,
  read: async (file, into, position) =>
    (await file.read(into, 0, into.byteLength, position)).bytesRead,
  size: async (file) => (await file.stat()).size,
  fsync: (file) => file.sync(),
  close: (file) => file.close(),
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  stat: (path) => stat(path),
  statfs: (path) => statfs(path),
  readdir: (path) => readdir(path),
  mkdir: (path) => mkdir(path, { recursive: true, mode: 0o750 }),
};

/** Writes a whole chunk at the end of a file. */
export async function append(
  disk: Pick<DiskOperations, 'write'>,
  file: FileHandle,
  chunk: Uint8Array,
): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) {
    const count = await disk.write(file, chunk.subarray(at));
    if (count === 0) throw new Error('The disk takes no bytes and gives no reason');
    at += count;
  }
}
