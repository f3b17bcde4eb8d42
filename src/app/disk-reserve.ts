/**
 * Space set aside while there is room. On a full disk it is released, since SQLite needs some to start and to record draws, which
 * make room again.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Enough for the write-ahead logs of a few thousand draws, in bytes. */
const reserveSize = 8 * 1024 * 1024;

/** The reserve is released below this much free space, in bytes. */
const minFree = 1024 * 1024;

/** The pause between two looks at the free space, in milliseconds. */
const pause = 10_000;

const reservePath = (folder: string) => join(folder, 'reserve');

/** Releases the reserve of a folder if the disk is full. */
export function releaseIfFull(folder: string): void {
  if (freeBytes(folder) < minFree) rmSync(reservePath(folder), { force: true });
}

/** Sets the reserve aside above `floor` free bytes, and releases it on a full disk. Answers how to stop that; the reserve stays. */
export function keepReserve(folder: string, floor: number): () => void {
  const adjust = () => {
    const free = freeBytes(folder);
    if (free < minFree) releaseIfFull(folder);
    else if (free >= floor + 2 * reserveSize) fill(reservePath(folder));
  };
  adjust();
  const timer = setInterval(() => {
    try {
      adjust();
    } catch {
      // A failing disk is for the health checks.
    }
  }, pause).unref();
  return () => clearInterval(timer);
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Random bytes, since a file system may store zeros without using space. */
function fill(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= reserveSize) return;
  const chunk = randomBytes(reserveSize / 8);
  const file = openSync(path, 'w', 0o600);
  try {
    for (let written = 0; written < reserveSize; ) written += writeSync(file, chunk);
  } finally {
    closeSync(file);
  }
}
