import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../../contract/problems/problem.ts';
import { FileReplaced } from '../../platform/file-watch.ts';
import { asDiskProblem, diskProblem, errno } from './errors.ts';
import type { DiskOperations } from './fs-operations.ts';

/** Gifts are distributed over folders by the first two hex digits of the key, so that each stays small enough to list. */
export const shardNames = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** Concurrent calls of stat: enough to keep the disk busy, few enough to leave libuv threads to transfers. */
const maxConcurrentStats = 32;

/** Creates all folders of the vault durably, so that a power cut cannot remove one that holds gifts. */
export async function createFolders(disk: DiskOperations, root: string): Promise<void> {
  const gifts = join(root, 'gifts');
  const firstCreated = await disk.mkdir(root);
  await disk.mkdir(join(root, 'incoming'));
  await disk.mkdir(gifts);
  // Waits for all, so that after a failure no folder is created any more.
  const results = await Promise.allSettled(shardNames.map((shard) => disk.mkdir(join(gifts, shard))));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  // Also if all folders existed: an earlier start may have crashed before this sync.
  await syncFolder(disk, gifts);
  await syncFolder(disk, root);
  if (firstCreated === undefined) return;
  for (let path = root; path.length >= firstCreated.length; path = dirname(path)) {
    await syncFolder(disk, dirname(path));
  }
}

/**
 * Makes the names in a folder durable. Opens it anew, because a descriptor reports a write error only once and may have
 * done so already.
 */
export async function syncFolder(disk: DiskOperations, path: string): Promise<void> {
  const folder = await disk.open(path, 'r');
  try {
    await disk.fsync(folder);
  } finally {
    // A failed close must not hide the result of fsync.
    await disk.close(folder).catch(() => {});
  }
}

/**
 * Answers a check that throws `storage-failing` once another folder or disk has taken the place of a folder as it was at the first
 * check.
 */
export function watchFolder(disk: DiskOperations, path: string): () => Promise<void> {
  let first: Pick<Stats, 'dev' | 'ino'> | undefined;
  return async () => {
    const { dev, ino } = await asDiskProblem(() => disk.stat(path));
    first ??= { dev, ino };
    if (first.dev === dev && first.ino === ino) return;
    const cause = new FileReplaced(`"${path}" was replaced while it was in use; bring it back and restart`);
    throw new Problem('storage-failing', { cause });
  };
}

/** Yields the stats of files in a folder; skips those that no longer exist. */
export async function* statFiles(
  disk: DiskOperations,
  folder: string,
  names: readonly string[],
): AsyncGenerator<[name: string, stats: Stats]> {
  for (let at = 0; at < names.length; at += maxConcurrentStats) {
    const batch = names.slice(at, at + maxConcurrentStats);
    const found = await Promise.all(batch.map((name) => statIfExists(disk, join(folder, name))));
    for (const [index, name] of batch.entries()) {
      const stats = found[index];
      if (stats !== undefined) yield [name, stats];
    }
  }
}

/** Undefined if there is no such file. Throws a `Problem`. */
export async function statIfExists(disk: DiskOperations, path: string): Promise<Stats | undefined> {
  return disk.stat(path).catch((error) => {
    if (errno(error) !== 'ENOENT') throw diskProblem(error);
    return undefined;
  });
}
