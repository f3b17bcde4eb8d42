import { randomInt } from 'node:crypto';
import { findLedger, openEventBus, rulesFrom } from '../../app/create-storage.ts';
import { keyFault, openKeyRing } from '../../app/encryption.ts';
import { systemEnvironment } from '../../app/environment.ts';
import { describePlace, findVault } from '../../app/vault-from-settings.ts';
import type { Config } from '../../config/settings.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { EventBus } from '../../exchange/events.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import { assertBound } from '../../exchange/storage/vault-binding.ts';
import type { ExistingLedger } from '../../ledger/ledger.ts';
import { holdLock } from '../../platform/folder-lock.ts';
import type { ExistingVault } from '../../vault/vault.ts';
import { DoctorError } from './issues.ts';

/** The exchange under examination, with a clock and randomness that tests can replace. */
export interface Target extends Pick<ExchangeContext, 'rules' | 'now'> {
  readonly ledger: ExistingLedger;
  readonly vault: ExistingVault;
  /** The operator's keys; undefined if nothing is encrypted. */
  readonly ring: KeyRing | undefined;
  /** Publishes the changes of a repair to running services. */
  readonly events: Pick<EventBus, 'publish'>;
  /** A uniform random integer from 0 to n − 1. */
  roll(n: number): number;
}

interface OpenTarget extends Target {
  close(): Promise<void>;
}

/** How a check reports progress and waits. */
export interface ProgressSink {
  /** Shows a sentence in place of the previous one. */
  progress(sentence: string): void;
  /** Waits until changes that were in progress during a check are complete. */
  settle(): Promise<void>;
}

/**
 * Opens the exchange that the settings name; never creates one. With `isRepair` an SQLite ledger is opened exclusively.
 * Throws `DoctorError`.
 */
export async function openTarget(config: Config, isRepair: boolean): Promise<OpenTarget> {
  const place = describePlace(config);
  const ring = openKeyRing(config, systemEnvironment);
  const vault = await findVault(config, ring);
  const ledger = await findLedger(config, false);
  if (!ledger || !vault) {
    await ledger?.close();
    throw new DoctorError(
      `There is ${ledger ? 'a ledger, but no vault' : 'no exchange'} at ${place}; nothing was made there. Say where it is with the settings of the service, such as --data-dir.`,
    );
  }
  if (!isRepair) return createTarget(config, { ledger, vault, ring }, () => undefined);
  await ledger.close();
  const unlock = await lock(config);
  try {
    const writable = await findLedger(config, true);
    if (!writable) throw new DoctorError(`The ledger at ${place} has just gone.`);
    return await createTarget(config, { ledger: writable, vault, ring }, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function createTarget(
  config: Config,
  { ledger, vault, ring }: Pick<Target, 'ledger' | 'vault' | 'ring'>,
  unlock: () => void,
): Promise<OpenTarget> {
  try {
    await refuseForeign(ledger, vault);
    const fault = keyFault(await ledger.encryptionKeys(), ring);
    // Without its key a sound gift looks damaged, and a repair would quarantine it.
    if (fault !== undefined) throw new DoctorError(fault);
    const bus = await openEventBus(config);
    const close = async () => {
      await bus.close();
      await ledger.close();
      unlock();
    };
    return {
      ledger,
      vault,
      ring,
      events: bus.events,
      rules: rulesFrom(config),
      now: Date.now,
      roll: (n) => randomInt(n),
      close,
    };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

/** Compared with a foreign vault, all gifts would be missing and all files stray. */
async function refuseForeign(ledger: ExistingLedger, vault: ExistingVault): Promise<void> {
  const id = await ledger.findVaultId();
  if (id === undefined)
    throw new DoctorError(
      'The ledger and the vault have not met yet: start the service once, which makes sure that they belong together.',
    );
  await assertBound(vault, id);
}

/** Locks the data folder of an SQLite ledger; PostgreSQL isolates its clients itself. */
async function lock({ DATABASE_URL, DATA_DIR }: Config): Promise<() => void> {
  if (DATABASE_URL !== '') return () => undefined;
  const held = await holdLock(DATA_DIR);
  if (held) return held.release;
  throw new DoctorError(
    `The service is running on "${DATA_DIR}", and an SQLite ledger has room for one: stop it to repair, or look without --repair, which goes beside it.`,
  );
}
