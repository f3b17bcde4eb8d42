/** The id of a vault in a folder: a file beside the gifts. */
import { join } from 'node:path';
import { errno } from './disk/errors.ts';
import type { DiskOperations } from './disk/fs-operations.ts';

/** No id is longer, in bytes; of whatever else lies there, as much is enough to see that it is none. */
export const maxIdLength = 64;

/** Where the id of a vault lies. */
export const parseId = (root: string): string => join(root, 'id');

/** Reads it; undefined when there is none, or no such folder. Throws the system's error when that cannot be told. */
export async function readId(disk: DiskOperations, root: string): Promise<string | undefined> {
  const file = await disk.open(parseId(root), 'r').catch((error) => {
    if (errno(error) !== 'ENOENT') throw error;
    return undefined;
  });
  if (file === undefined) return undefined;
  try {
    const found = Buffer.alloc(maxIdLength);
    let size = 0;
    for (let count = -1; count !== 0 && size < maxIdLength; size += count) {
      count = await disk.read(file, found.subarray(size), size);
    }
    return found.toString('utf8', 0, size).trim();
  } finally {
    // Nothing was written through it.
    await disk.close(file).catch(() => {});
  }
}
