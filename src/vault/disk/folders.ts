import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskProblem, errno } from './errors.ts';
import type { DiskOperations } from './fs-operations.ts';

/** The folders gifts are spread over: the first two hex digits of the key, so that none grows too large to list. */
export const shardNames = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** How many files are looked at together: enough to keep the disk busy, few enough to leave threads to transfers. */
const looksAtOnce = 32;

/** Makes every folder of the vault, durably: no gift may be kept in a folder that a power cut could take. */
export async function makeFolders(disk: DiskOperations, root: string): Promise<void> {
  const gifts = join(root, 'gifts');
  const firstMade = await disk.mkdir(root);
  await disk.mkdir(join(root, 'incoming'));
  await disk.mkdir(gifts);
  // Each is waited for, also when one fails: who is told that it failed must find nothing still being made.
  const made = await Promise.allSettled(shardNames.map((shard) => disk.mkdir(join(gifts, shard))));
  const failed = made.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  // These hold the names of the shards' folders; each of those is synced with every gift it gets.
  // Also when nothing was made: an earlier start may have been cut off before it came here.
  await syncFolder(disk, gifts);
  await syncFolder(disk, root);
  if (firstMade === undefined) return;
  for (let path = root; path.length >= firstMade.length; path = dirname(path)) {
    await syncFolder(disk, dirname(path));
  }
}

/**
 * Makes the names in a folder durable. Opens it anew each time: a descriptor that was open before may have reported,
 * and so forgotten, the very error that matters now.
 */
export async function syncFolder(disk: DiskOperations, path: string): Promise<void> {
  const folder = await disk.open(path, 'r');
  try {
    await disk.fsync(folder);
  } finally {
    // Nothing is written through it, and a failing close must not hide what fsync had to say.
    await disk.close(folder).catch(() => {});
  }
}

/** Looks at files of a folder; says nothing of those that went since they were listed. */
export async function* fileTimes(
  disk: DiskOperations,
  folder: string,
  names: readonly string[],
): AsyncGenerator<[name: string, times: Stats]> {
  for (let at = 0; at < names.length; at += looksAtOnce) {
    const some = names.slice(at, at + looksAtOnce);
    const found = await Promise.all(some.map((name) => timesOf(disk, join(folder, name))));
    for (const [index, name] of some.entries()) {
      const times = found[index];
      if (times !== undefined) yield [name, times];
    }
  }
}

async function timesOf(disk: DiskOperations, path: string): Promise<Stats | undefined> {
  return disk.stat(path).catch((error) => {
    if (errno(error) !== 'ENOENT') throw diskProblem(error);
    return undefined;
  });
}
