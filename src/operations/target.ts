/** The exchange that a command is about, opened beside a running service. */
import { findLedger } from '../app/create-storage.ts';
import { ledgerPath } from '../app/data-folder.ts';
import { keyFault, openKeyRing } from '../app/encryption.ts';
import { systemEnvironment } from '../app/environment.ts';
import { describePlace } from '../app/vault-from-settings.ts';
import type { Config } from '../config/settings.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { ExistingLedger } from '../ledger/ledger.ts';
import { openPostgresStore, openSqliteStore, type RawStore } from '../ledger/transfer/raw-store.ts';
import { CommandError } from './command-arguments.ts';

/** Runs work on the ledger that the settings name, and never creates one. Throws `CommandError` if there is none. */
export async function withLedger<T>(
  config: Config,
  isWriting: boolean,
  work: (ledger: ExistingLedger) => Promise<T>,
): Promise<T> {
  const ledger = await findLedger(config, isWriting);
  if (!ledger) throw new CommandError(`There is no exchange at ${describePlace(config)}; nothing was made there.`);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** The same with the keys of the settings, if any. Throws `CommandError` if the ledger has others. */
export const withKeys = <T>(
  config: Config,
  isWriting: boolean,
  work: (ledger: ExistingLedger, ring: KeyRing | undefined) => Promise<T>,
): Promise<T> =>
  withLedger(config, isWriting, async (ledger) => {
    const ring = openKeyRing(config, systemEnvironment);
    const fault = keyFault(await ledger.encryptionKeys(), ring);
    if (fault !== undefined) throw new CommandError(fault);
    return work(ledger, ring);
  });

/** Opens or creates the raw ledger that the settings name. */
export const openRawStore = ({ DATABASE_URL, DATABASE_UNSAFE, DATA_DIR }: Config): Promise<RawStore> =>
  DATABASE_URL === '' ? openSqliteStore(ledgerPath(DATA_DIR)) : openPostgresStore(DATABASE_URL, DATABASE_UNSAFE);
