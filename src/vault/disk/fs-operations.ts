import type { Stats, StatsFs } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { createFolder } from '../../platform/create-folder.ts';

export type { FileHandle };

/** All calls of the disk vault to the file system. Injected, so that a test can record their order or let one fail. */
export interface DiskOperations {
  /** `wx` creates a file and fails if it exists; `r` opens files and folders. */
  open(path: string, flags: 'wx' | 'r'): Promise<FileHandle>;
  /** Appends and returns the number of bytes, which may be fewer, as with write(2). */
  write(file: FileHandle, bytes: Uint8Array): Promise<number>;
  /** Reads from `position` and returns the number of bytes, which may be fewer; 0 at the end of the file. */
  read(file: FileHandle, into: Uint8Array, position: number): Promise<number>;
  size(file: FileHandle): Promise<number>;
  fsync(file: FileHandle): Promise<void>;
  close(file: FileHandle): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  stat(path: string): Promise<Stats>;
  statfs(path: string): Promise<StatsFs>;
  readdir(path: string): Promise<string[]>;
  /** Creates a folder with its parents. Returns the first one that was created. */
  mkdir(path: string): Promise<string | undefined>;
}

/** Node's file system. Files are 0640 and folders 0750, less the umask that `openDataFolder` sets. */
export const nodeOperations: DiskOperations = {
  open: (path, flags) => open(path, flags, 0o640),
  write: async (file, bytes) => (await file.write(bytes)).bytesWritten,
  read: async (file, into, position) => (await file.read(into, 0, into.byteLength, position)).bytesRead,
  size: async (file) => (await file.stat()).size,
  fsync: (file) => file.sync(),
  close: (file) => file.close(),
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  stat: (path) => stat(path),
  statfs: (path) => statfs(path),
  readdir: (path) => readdir(path),
  mkdir: (path) => createFolder(path, 0o750),
};

/** Appends a whole chunk. */
export async function append(disk: Pick<DiskOperations, 'write'>, file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) {
    const count = await disk.write(file, chunk.subarray(at));
    if (count === 0) throw new Error('The disk takes no bytes and gives no reason');
    at += count;
  }
}
