/** The open files of a process. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './scenario-runner.ts';

const folderOf = (pid: number) => `/proc/${pid}/fd`;

export const countOpenFiles = (pid: number): number => readdirSync(folderOf(pid)).length;

/** Checks a condition every 200 ms, `tries` times. */
async function comes(isSo: () => boolean, tries: number): Promise<boolean> {
  for (let left = tries; left > 0; left--) {
    if (isSo()) return true;
    await sleep(200);
  }
  return isSo();
}

/** Complains if descriptors remain open without clients, except for a few keep-alive connections. */
export async function expectConnectionsClosed(lab: Lab, pid: number, idleOpenFiles: number): Promise<void> {
  if (await comes(() => countOpenFiles(pid) <= idleOpenFiles + 4, 100)) return;
  lab.complaints.push(`${countOpenFiles(pid)} descriptors are open; ${idleOpenFiles} were when nobody was there`);
}

/** Complains if files of gifts remain open without clients. */
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
      // Closed since the folder was listed.
      return '';
    }
  });
}
