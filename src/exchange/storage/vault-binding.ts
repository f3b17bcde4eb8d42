/**
 * Binds the vault to its ledger by a common id. With an unmounted disk, a wrong bucket or a lost ledger, reconcile would remove
 * sound gifts; a service whose ids differ does not start.
 */
import { Problem } from '../../contract/problems/problem.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Vault } from '../../vault/vault.ts';
import { isMass } from './missing-bytes.ts';

/** The part of the ledger that binding needs. */
type VaultLedger = Pick<Ledger, 'proposeVault' | 'saveVaultId' | 'keysOfShard'>;

/** A ledger, its vault, and randomness. */
export interface LedgerAndVault {
  readonly ledger: VaultLedger;
  readonly vault: Pick<Vault, 'id' | 'setId' | 'shards' | 'unboundFiles'>;
  randomBytes(size: number): Uint8Array;
}

/** The vault belongs to another ledger. The message is for the operator. */
export class ForeignVault extends Error {
  override readonly name = 'ForeignVault';
}

/**
 * Binds a vault to the ledger and answers its id. It is new when both are empty, or when the vault holds a gift of the
 * ledger.
 *
 * The ledger proposes the id, the vault stores it durably, then the ledger records it. Throws `ForeignVault`.
 */
export async function bindVault(pair: LedgerAndVault): Promise<string> {
  const id = await agreeOnId(pair);
  await bindFiles(pair, id);
  return id;
}

/**
 * Gives the id to files of the vault that do not carry it. A file that was lost and created anew holds nothing: then most gifts
 * have no bytes. Throws `ForeignVault`.
 */
async function bindFiles(pair: LedgerAndVault, id: string): Promise<void> {
  const [file] = await pair.vault.unboundFiles();
  if (!file) return; // mutant: lost-store-unnoticed
  const { expected, absent } = await countMissing(pair);
  if (file.isEmpty ? absent > 0 : isMass(absent, expected))
    throw new ForeignVault(
      `"${file.path}" is missing, empty or not this exchange's, for ${absent} of ${expected} gifts have no bytes`,
    );
  await pair.vault.setId(id).catch((error: unknown) => {
    // On a full disk the service starts for draws, and the next start asks again.
    if (!(error instanceof Problem && error.code === 'storage-full')) throw error;
  });
}

async function countMissing({ ledger, vault }: LedgerAndVault): Promise<{ expected: number; absent: number }> {
  let [expected, absent] = [0, 0];
  for await (const { shard, keys } of vault.shards()) {
    const needed = [...(await ledger.keysOfShard(shard))].filter(([, { isNeeded }]) => isNeeded);
    expected += needed.length;
    absent += needed.filter(([key]) => !keys.has(key)).length;
  }
  return { expected, absent };
}

async function agreeOnId(pair: LedgerAndVault): Promise<string> {
  const { ledger, vault } = pair;
  const known = await ledger.proposeVault(newId(pair));
  const found = await vault.id();
  if (found === known.id) {
    if (!known.isBound) await ledger.saveVaultId(found);
    return found;
  }
  if (known.isBound) throw new ForeignVault(foreignMessage(found));
  const held = await compare(pair);
  // An empty vault gets our id, so that another ledger that used it before notices.
  if (held === 'nothing') return name(pair, known.id);
  if (held === 'ours') return name(pair, found ?? known.id);
  // Another process may have bound it meanwhile, and given and removed gifts.
  const again = await ledger.proposeVault(known.id);
  if (again.isBound && (await vault.id()) === again.id) return again.id;
  throw new ForeignVault(
    held === 'strangers'
      ? 'it holds files, and none that the ledger knows'
      : 'it holds nothing of what the ledger knows',
  );
}

/** Binds the vault as it is under a new id, since the operator says so. Answers the id. */
export async function adoptVault(pair: LedgerAndVault): Promise<string> {
  return name(pair, newId(pair));
}

/** Throws `ForeignVault` unless the vault has this id. */
export async function assertBound(vault: Pick<Vault, 'id'>, id: string): Promise<void> {
  const found = await vault.id();
  if (found !== id) throw new ForeignVault(foreignMessage(found));
}

const foreignMessage = (found: string | undefined) =>
  found === undefined
    ? 'what is there is not the vault that the ledger knows, for it has no id'
    : "what is there is not the vault that the ledger knows, for it has another's id";

async function name({ ledger, vault }: LedgerAndVault, id: string): Promise<string> {
  await vault.setId(id);
  await ledger.saveVaultId(id);
  return id;
}

const newId = ({ randomBytes }: LedgerAndVault) => Buffer.from(randomBytes(16)).toString('hex');

/** Compares the files of the vault with the gifts of the ledger. `missing`: the vault is empty and should not be. */
async function compare({ ledger, vault }: LedgerAndVault): Promise<'ours' | 'strangers' | 'missing' | 'nothing'> {
  let [expected, files] = [0, 0];
  for await (const { shard, keys } of vault.shards()) {
    const rows = await ledger.keysOfShard(shard);
    for (const key of keys.keys()) if (rows.has(key)) return 'ours';
    expected += rows.size;
    files += keys.size;
  }
  if (files > 0) return 'strangers';
  return expected > 0 ? 'missing' : 'nothing';
}
