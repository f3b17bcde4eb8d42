/** The data folder: its lock, and the paths in it. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/settings.ts';
import { holdLock } from '../platform/folder-lock.ts';
import { asOpenError, OpenError } from './environment.ts';

/**
 * Creates the data folder, and locks it unless processes share a PostgreSQL (R11). Returns the function that unlocks it. Throws
 * `OpenError`.
 */
export async function openDataFolder({ DATA_DIR: folder, DATABASE_URL }: Config): Promise<() => void> {
  await makePrivateFolder(folder).catch(asOpenError('The data folder'));
  if (DATABASE_URL !== '') return () => undefined;
  const unlock = await holdLock(join(folder, 'lock.db')).catch(asOpenError('The data folder'));
  if (unlock) return unlock; // mutant: folder-unlocked
  throw new OpenError(`Another process is running on the data folder "${folder}"; stop it or choose another DATA_DIR.`);
}

/** Creates a folder that only this user may open, if it is missing. */
export const makePrivateFolder = (path: string) => mkdir(path, { recursive: true, mode: 0o700 });

/** The path of the embedded ledger in a data folder. */
export const ledgerPath = (folder: string): string => join(folder, 'ledger.db');

/** True if a data folder has an embedded ledger. */
export const hasLedger = (folder: string): boolean => existsSync(ledgerPath(folder));
