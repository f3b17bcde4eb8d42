/** What a process has open. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './scenario-runner.ts';

const folderOf = (pid: number) => `/proc/${pid}/fd`;

export const countOpenFiles = (pid: number): number => readdirSync(folderOf(pid)).length;

/** Waits so many times a fifth of a second for something. */
async function comes(isSo: () => boolean, tries: number): Promise<boolean> {
  for (let left = tries; left > 0; left--) {
    if (isSo()) return true;
    await sleep(200);
  }
  return isSo();
}

/** Nobody is there any more: what was opened is closed again, but for connections that are kept for the next request. */
export async function expectConnectionsClosed(
  lab: Lab,
  pid: number,
  idleOpenFiles: number,
): Promise<void> {
  if (await comes(() => countOpenFiles(pid) <= idleOpenFiles + 4, 100)) return;
  lab.complaints.push(
    `${countOpenFiles(pid)} descriptors are open; ${idleOpenFiles} were when nobody was there`,
  );
}

/** Nobody is there any more: no gift is open. */
export async function expectGiftsClosed({ site, complaints }: Lab, pid: number): Promise<void> {
  const vault = join(site.settings.DATA_DIR as string, 'vault');
  const folders = [join(vault, 'gifts/'), join(vault, 'incoming/')];
  const isGift = (path: string) => folders.some((folder) => path.startsWith(folder));
  const open = () => pathsOpen(pid).filter(isGift).length;
  if (await comes(() => open() === 0, 100)) return;
  complaints.push(`${open()} gifts are open, and nobody is there`);
}

function pathsOpen(pid: number): string[] {
  return readdirSync(folderOf(pid)).map((name) => {
    try {
      return readlinkSync(join(folderOf(pid), name));
    } catch {
      // Closed since we looked.
      return '';
    }
  });
}
