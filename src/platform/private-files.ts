/** Closes the files of a folder to other users, whatever their modes were. */
import type { Stats } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders and files that are still open to other users, and those that were. */
interface OpenedPaths {
  readonly left: string[];
  readonly closed: string[];
}

/**
 * Removes the bits of `mask` from the mode of a path and of everything in it, without following symbolic links. The entries of a
 * folder that was closed already are left alone, unless `isDeep` says otherwise.
 */
export async function closePaths(
  path: string,
  mask: number,
  isDeep: (folder: string) => boolean,
  found: OpenedPaths = { left: [], closed: [] },
): Promise<OpenedPaths> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats || stats.isSymbolicLink()) return found;
  const wasOpen = await closeOne(path, stats, mask, found);
  if (!stats.isDirectory() || !(wasOpen || isDeep(path))) return found;
  const names = await readdir(path);
  for (let at = 0; at < names.length; at += maxConcurrent) {
    const batch = names.slice(at, at + maxConcurrent);
    await Promise.all(batch.map((name) => closePaths(join(path, name), mask, isDeep, found)));
  }
  return found;
}

const maxConcurrent = 32;

/** Returns whether the path was open. */
async function closeOne(path: string, { mode }: Stats, mask: number, found: OpenedPaths): Promise<boolean> {
  if ((mode & mask) === 0) return false;
  try {
    await chmod(path, mode & 0o7777 & ~mask);
    // A file system without modes accepts the call and changes nothing.
    const isStillOpen = ((await lstat(path)).mode & mask) !== 0;
    (isStillOpen ? found.left : found.closed).push(path);
  } catch {
    found.left.push(path);
  }
  return true;
}
