/**
 * Folders in which creating files is fast. For minutes after deletions ext4 skips recently freed inodes, up to ten times
 * slower: the peer before would decide the result.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const candidates = 6;
const probes = 32;

/**
 * Creates several folders and keeps the fastest. The others stay beside it, because deleting them would slow down the
 * next.
 */
export async function freshFolder(folder: string): Promise<void> {
  const beside = await asideOf(folder);
  // +T spreads the subfolders over block groups on ext4. Other file systems have no such flag and no need for it.
  await run('chattr', ['+T', dirname(folder)]).catch(() => undefined);
  const tried: { readonly place: string; readonly took: number }[] = [];
  for (let number = 0; number < candidates; number++) {
    const place = `${folder}.${number}`;
    await mkdir(place, { recursive: true });
    tried.push({ place, took: await timeFiles(place) });
  }
  const [best, ...others] = tried.toSorted((a, b) => a.took - b.took);
  for (const { place } of others) await rename(place, join(beside, basename(place)));
  if (!best) return;
  await rename(join(best.place, 'probe'), join(beside, 'probe'));
  await rename(best.place, folder);
}

async function timeFiles(place: string): Promise<number> {
  const probe = join(place, 'probe');
  await mkdir(probe);
  const begun = performance.now();
  for (let number = 0; number < probes; number++) await writeFile(join(probe, `${number}`), 'x');
  return performance.now() - begun;
}

/** Renames a folder out of the way and truncates its files, which are deleted at the very end. */
export async function putAside(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const aside = join(await asideOf(folder), basename(folder));
  await rename(folder, aside);
  for (const entry of await readdir(aside, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await truncate(join(entry.parentPath, entry.name), 0);
}

/** A new folder beside another one, for files that nothing needs any more. */
async function asideOf(folder: string): Promise<string> {
  for (let number = 1; ; number++) {
    const aside = `${folder}.aside-${number}`;
    if (existsSync(aside)) continue;
    await mkdir(aside, { recursive: true });
    return aside;
  }
}
