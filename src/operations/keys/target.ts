/** The exchange whose keys are handled, opened beside a running service. */
import { systemEnvironment } from '../../app/environment.ts';
import { openStore } from '../../app/vault-from-settings.ts';
import type { Config } from '../../config/settings.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { ExistingLedger } from '../../ledger/ledger.ts';
import { encryptVault } from '../../vault/encrypted/encrypted-vault.ts';
import type { Vault } from '../../vault/vault.ts';
import { CommandError } from '../command-arguments.ts';
import { withKeys } from '../target.ts';

export interface KeysTarget {
  readonly ledger: ExistingLedger;
  /** Undefined if the settings have no keys. */
  readonly ring: KeyRing | undefined;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** A target with its bytes. */
export interface EncryptTarget extends KeysTarget {
  readonly ring: KeyRing;
  /** The vault, which encrypts. */
  readonly vault: Vault;
}

/** Runs work on the exchange that the settings name. Throws `CommandError` if there is none, or if its keys are others. */
export const withTarget = <T>(
  config: Config,
  isWriting: boolean,
  work: (target: KeysTarget) => Promise<T>,
): Promise<T> =>
  withKeys(config, isWriting, (ledger, ring) => work({ ledger, ring, randomBytes: systemEnvironment.randomBytes }));

/** Runs work with the vault of the exchange too. Throws `CommandError` if the vault is not the ledger's. */
export async function withVault<T>(
  config: Config,
  target: KeysTarget,
  work: (target: EncryptTarget) => Promise<T>,
): Promise<T> {
  const { ring, ledger } = target;
  if (!ring) throw new CommandError(noKeys);
  const store = await openStore(config);
  try {
    const id = await ledger.findVaultId();
    if (id === undefined || id !== (await store.id()))
      throw new CommandError('The vault is not the one that the ledger knows; see what "rfx doctor" says.');
    return await work({ ...target, ring, vault: encryptVault(store, ring) });
  } finally {
    await store.close();
  }
}

/** Throws `CommandError` unless the service encrypts with the first key of the ring: it could not read what is put under it. */
export async function assertInUse({ encryptionKeys }: KeysTarget['ledger'], { first }: KeyRing): Promise<void> {
  const [used] = await encryptionKeys();
  if (used?.id === first.id) return;
  throw new CommandError(
    `The service does not encrypt with "${first.id}" yet and could not read what is put under it; restart it with these ENCRYPTION_KEYS first, in every process.`,
  );
}

export const noKeys = 'ENCRYPTION_KEYS is not set; "rfx keys new" makes a key.';
