// A lock between processes: two starts at once must not install or build over each other.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Works under a lock. A dead owner loses it.
 * @template T
 * @param {string} lock
 * @param {() => Promise<T>} work
 * @param {(owner: number) => void} onWait
 * @returns {Promise<T>}
 */
export async function withLock(lock, work, onWait = () => {}) {
  const release = () => rmSync(lock, { recursive: true, force: true });
  for (let isWaiting = false; !acquire(lock); await sleep(100)) {
    const owner = ownerOf(lock);
    if (owner === undefined) continue;
    if (!isRunning(owner)) release();
    else if (!isWaiting) onWait(owner);
    isWaiting = true;
  }
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} lock */
function acquire(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(lock, 'owner'), String(process.pid));
  return true;
}

/**
 * The process that holds the lock; undefined if it is just taking or releasing it.
 * @param {string} lock
 */
function ownerOf(lock) {
  try {
    return Number(readFileSync(join(lock, 'owner'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
const codeOf = (error) => /** @type {NodeJS.ErrnoException} */ (error).code;
