/** Disks that can lose power: what was written and not synced is gone, as on a real one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Disk {
  /** Where its files are. */
  readonly folder: string;
  /** Everything that was written so far is to survive. */
  sync(): void;
  /** Notes what has reached the disk by now. Whoever writes must have been stopped. */
  freeze(): void;
  /** Takes it away. Whoever writes must be dead. */
  unmount(): Promise<void>;
  /** It is there again, and nothing has happened since `freeze`. */
  revert(): void;
  remove(): void;
}

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** What makes and mounts a disk in a file. */
export const diskPrograms = { 'mkfs.ext4': 'e2fsprogs', losetup: 'mount', mount: 'mount' };

/**
 * Makes an ext4 in a file and mounts it at a folder, which is made if it is not there. The kernel keeps what is written for
 * five minutes unless it is told to sync (`commit=300`), so that the file is what a power cut would leave.
 */
export function makeDisk(folder: string, mebibytes: number): Disk {
  const home = mkdtempSync(join(tmpdir(), 'rfx-disk-'));
  const image = join(home, 'image');
  const frozen = join(home, 'frozen');
  run('truncate', '-s', `${mebibytes}M`, image);
  run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
  mkdirSync(folder, { recursive: true });
  const mount = () => run('mount', '-o', 'loop,commit=300', image, folder);
  mount();
  return {
    folder,
    sync: () => void run('sync', '--file-system', folder),
    freeze: () => void run('cp', '--sparse=always', image, frozen),
    unmount: async () => {
      for (let tries = 1; ; tries++) {
        try {
          return void run('umount', folder);
        } catch (error) {
          // Whoever was killed may take a moment to let go.
          if (tries === 50) throw error;
          await sleep(100);
        }
      }
    },
    revert: () => {
      run('cp', '--sparse=always', frozen, image);
      mount();
    },
    remove: () => {
      run('umount', '--lazy', folder);
      rmSync(home, { recursive: true });
    },
  };
}
