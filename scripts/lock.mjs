// Two starts at once must not install or build over each other: the second waits for the first.
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pulse = 5_000;
/** An owner whose pulse is this old is gone, even when another process has its number by now. */
const silence = 60_000;

/**
 * Does the work while no other process does work under the same lock.
 * @template T
 * @param {string} lock the folder that stands for the lock; its parent is made when missing
 * @param {() => Promise<T>} work
 * @param {(owner: number) => void} onWait told once, with the process that is waited for
 * @returns {Promise<T>}
 */
export async function withLock(lock, work, onWait = () => {}) {
  await acquire(lock, onWait);
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  const beat = setInterval(() => utimesSync(lock, new Date(), new Date()), pulse).unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/**
 * @param {string} lock
 * @param {(owner: number) => void} onWait
 */
async function acquire(lock, onWait) {
  for (let told = false; !take(lock); ) {
    const owner = ownerOf(lock);
    if (owner === undefined) continue;
    if (isGone(lock, owner)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!told) onWait(owner);
    told = true;
    await sleep(100);
  }
}

/**
 * The folder is filled first and then renamed, so that a lock never exists without its owner's number in it.
 * @param {string} lock
 */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, 'owner'), String(process.pid));
  try {
    renameSync(mine, lock);
    return true;
  } catch {
    rmSync(mine, { recursive: true, force: true });
    return false;
  }
}

/**
 * @param {string} lock
 * @returns {number | undefined}
 */
function ownerOf(lock) {
  try {
    return Number(readFileSync(join(lock, 'owner'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} lock
 * @param {number} owner
 */
function isGone(lock, owner) {
  const beat = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - beat > silence || !isRunning(owner);
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
