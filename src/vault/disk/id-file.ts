/** The id of a vault in a folder, stored as a file beside the gifts. */
import { join } from 'node:path';
import { maxIdLength } from '../vault.ts';
import { errno } from './errors.ts';
import type { DiskOperations } from './fs-operations.ts';

export const idPath = (root: string): string => join(root, 'id');

/** Undefined if there is no id file or no folder. Throws other errors of the system. */
export async function readId(disk: DiskOperations, root: string): Promise<string | undefined> {
  const file = await disk.open(idPath(root), 'r').catch((error) => {
    if (errno(error) !== 'ENOENT') throw error;
    return undefined;
  });
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(maxIdLength);
    let size = 0;
    for (let count = -1; count !== 0 && size < maxIdLength; size += count) {
      count = await disk.read(file, bytes.subarray(size), size);
    }
    return bytes.toString('utf8', 0, size).trim();
  } finally {
    // Opened for reading: a failed close loses nothing.
    await disk.close(file).catch(() => {});
  }
}
