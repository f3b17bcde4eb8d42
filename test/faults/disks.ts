/** Disks that lose unsynced writes in a simulated power cut. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Disk {
  /** The mount point. */
  readonly folder: string;
  /** Syncs everything written so far. */
  sync(): void;
  /** Copies what has reached the disk. Writers must be stopped. */
  freeze(): void;
  /** Unmounts the disk. Writers must be dead. */
  unmount(): Promise<void>;
  /** Mounts the disk as it was at `freeze`. */
  revert(): void;
  remove(): void;
}

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** The programs that create and mount a disk image. */
export const diskPrograms = { 'mkfs.ext4': 'e2fsprogs', losetup: 'mount', mount: 'mount' };

/**
 * Creates an ext4 image and mounts it at a folder. With `commit=300` the kernel writes nothing back by itself, so that
 * the image holds what survives a power cut.
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
          // A killed process may take a moment to release its files.
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
