/** The data folder: its lock, its modes, and the paths in it. */
import { existsSync, statSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Config } from '../config/settings.ts';
import { createFolder } from '../platform/create-folder.ts';
import { type FolderLock, holdLock } from '../platform/folder-lock.ts';
import { closePaths } from '../platform/private-files.ts';
import { keepReserve, releaseIfFull } from './disk-reserve.ts';
import { asOpenError, OpenError } from './environment.ts';

export interface DataFolder extends FolderLock {
  /** For the log, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * Creates the data folder, closes it to other users, and locks it unless processes share a PostgreSQL (R11). Throws `OpenError`.
 */
export async function openDataFolder(config: Config): Promise<DataFolder> {
  const { DATA_DIR: folder, DATABASE_URL } = config;
  process.umask(othersMask(config));
  await makePrivateFolder(folder).catch(asOpenError('The data folder', 'choose another with DATA_DIR'));
  const warnings = await closeToOthers(config).catch(asOpenError('The data folder'));
  if (DATABASE_URL !== '') return { warnings, assertHeld: () => undefined, release: () => undefined };
  releaseIfFull(folder);
  const lock = await lockFolder(folder);
  const stopKeeping = keepReserve(folder, config.FREE_SPACE_FLOOR);
  const release = () => {
    stopKeeping();
    lock.release();
  };
  return { warnings, assertHeld: lock.assertHeld, release };
}

async function lockFolder(folder: string): Promise<FolderLock> {
  const lock = await holdLock(folder).catch(asOpenError('The data folder'));
  if (lock) return lock; // mutant: folder-unlocked
  throw new OpenError(`Another process is running on the data folder "${folder}"; stop it or choose another DATA_DIR.`);
}

/** Creates a folder that only this user may open, if it is missing. */
export const makePrivateFolder = (path: string) => createFolder(path, 0o700);

/** The path of the embedded ledger in a data folder. */
export const ledgerPath = (folder: string): string => join(folder, 'ledger.db');

/** The inode of an embedded ledger, which a copy does not share. */
export const inodeOfLedger = (folder: string): number => statSync(ledgerPath(folder)).ino;

/** True if a data folder has an embedded ledger. */
export const hasLedger = (folder: string): boolean => existsSync(ledgerPath(folder));

/** The mode bits that no file may have. nginx reads gifts by its group. */
const othersMask = ({ DELIVERY }: Config): number => (DELIVERY === 'x-accel' ? 0o027 : 0o077);

/** The entries of a data folder that are ours. */
const isOurs = (name: string): boolean => /^(?:(?:ledger|lock)\.db(?:-\w+)?|vault|spool|arrivals|reserve)$/.test(name);

/** Answers what an operator should know, as sentences. A folder that holds other things too is left as it is. */
async function closeToOthers(config: Config): Promise<string[]> {
  const { DATA_DIR: folder } = config;
  const mask = othersMask(config);
  const names = await readdir(folder);
  const isWhollyOurs = names.every(isOurs);
  const found = await closePaths(folder, isWhollyOurs ? mask : 0, () => false);
  for (const name of names.filter(isOurs)) await closePaths(join(folder, name), mask, isSmall, found);
  const isOpen = ((await lstat(folder)).mode & mask & 0o007) !== 0 && !isWhollyOurs;
  return [
    ...(isOpen
      ? [`The data folder "${folder}" is open to other users and holds other things; close it with chmod.`]
      : []),
    ...describe(found.closed, 'was open to other users and is closed now'),
    ...describe(found.left, 'is open to other users, and its mode cannot be changed; run the service as its owner'),
  ];
}

/** A folder whose entries are few. */
const isSmall = (path: string): boolean => ['vault', 'gifts', 'spool', 'arrivals'].includes(basename(path));

function describe(paths: readonly string[], what: string): string[] {
  const [first] = paths;
  if (first === undefined) return [];
  return [`"${first}" ${what}${paths.length > 1 ? `; so it is with ${paths.length - 1} others` : ''}.`];
}

/** Throws `OpenError` unless there is a data folder. */
export async function assertFolderExists({ DATA_DIR }: Config): Promise<void> {
  const found = await lstat(DATA_DIR).catch(() => undefined);
  if (!found) throw new OpenError(`There is no exchange at ${DATA_DIR}; nothing was made there.`);
}
