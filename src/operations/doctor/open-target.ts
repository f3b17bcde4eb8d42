/** Finds the exchange that the settings name, and makes nothing: on a wrong folder there is nothing to examine. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import {
  describePlace,
  findVault,
  ledgerPath,
  openEventBus,
  rulesOf,
} from '../../app/create-app.ts';
import type { Config } from '../../config/settings.ts';
import { assertBound } from '../../exchange/vault-binding.ts';
import { findPostgresLedger, findSqliteLedger } from '../../ledger/create-ledger.ts';
import type { ExistingLedger } from '../../ledger/ledger.ts';
import { holdLock } from '../../platform/folder-lock.ts';
import type { ExistingVault } from '../../vault/vault.ts';
import { DoctorError } from './issues.ts';
import type { Target } from './target.ts';

export interface OpenTarget extends Target {
  close(): Promise<void>;
}

/** Opens it to be looked at, or to be repaired, for which nobody else may be at work on an SQLite ledger. Throws `DoctorError`. */
export async function openTarget(config: Config, mayRepair: boolean): Promise<OpenTarget> {
  const place = describePlace(config);
  const vault = await findVault(config);
  const ledger = await findLedger(config, false);
  if (!ledger || !vault) {
    await ledger?.close();
    throw new DoctorError(
      `There is ${ledger ? 'a ledger, but no vault' : 'no exchange'} at ${place}; nothing was made there. Say where it is with the settings of the service, such as --data-dir.`,
    );
  }
  if (!mayRepair) return patientOf(config, ledger, vault, () => undefined);
  await ledger.close();
  const unlock = await lock(config);
  try {
    const writable = await findLedger(config, true);
    if (!writable) throw new DoctorError(`The ledger at ${place} has just gone.`);
    return await patientOf(config, writable, vault, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function patientOf(
  config: Config,
  ledger: ExistingLedger,
  vault: ExistingVault,
  unlock: () => void,
): Promise<OpenTarget> {
  try {
    await refuseForeign(ledger, vault);
    const news = await openEventBus(config);
    const close = async () => {
      await news.close();
      await ledger.close();
      unlock();
    };
    const rules = rulesOf(config);
    return {
      ledger,
      vault,
      events: news.events,
      rules,
      now: Date.now,
      roll: (n) => randomInt(n),
      close,
    };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

/** In another's vault all gifts would be missing, and all that is there would be nobody's. */
async function refuseForeign(ledger: ExistingLedger, vault: ExistingVault): Promise<void> {
  const id = await ledger.findVaultId();
  if (id === undefined)
    throw new DoctorError(
      'The ledger and the vault have not met yet: start the service once, which makes sure that they belong together.',
    );
  await assertBound(vault, id);
}

function findLedger(config: Config, mayWrite: boolean): Promise<ExistingLedger | undefined> {
  const { DATABASE_URL, DATA_DIR } = config;
  const roll = (n: number) => randomInt(n);
  return DATABASE_URL === ''
    ? findSqliteLedger(ledgerPath(DATA_DIR), roll, mayWrite)
    : findPostgresLedger(DATABASE_URL, roll);
}

/** Who share a PostgreSQL are told apart by it; who has an SQLite ledger has it alone. */
async function lock({ DATABASE_URL, DATA_DIR }: Config): Promise<() => void> {
  if (DATABASE_URL !== '') return () => undefined;
  const unlock = await holdLock(join(DATA_DIR, 'lock.db'));
  if (unlock) return unlock;
  throw new DoctorError(
    `The service is running on "${DATA_DIR}", and an SQLite ledger has room for one: stop it to repair, or look without --repair, which goes beside it.`,
  );
}
