import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder with its parents and answers the first one that it created. The `recursive` option of Node.js never ends
 * below /proc, where a parent exists and still takes no folder.
 */
export async function createFolder(path: string, mode: number): Promise<string | undefined> {
  try {
    return await createOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    const first = await createFolder(parent, mode);
    const created = await createOne(path, mode);
    return first ?? created;
  }
}

/** Answers the path, or undefined if the folder exists. */
async function createOne(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, mode);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    return undefined;
  }
}
