/**
 * Whether the vault is the one that the ledger speaks of. A disk that is not mounted, the bucket of somebody else, a ledger that
 * was lost and began anew: each would pass for a vault whose gifts are gone, or are nobody's, and the hourly comparison would
 * clear up what is all well. So both know the same id, and where they do not, nothing is begun.
 */
import type { Ledger } from '../ledger/ledger.ts';
import type { Vault } from '../vault/vault.ts';

/** What is asked of a ledger. */
export type VaultLedger = Pick<Ledger, 'proposeVault' | 'saveVaultId' | 'keysOfShard'>;

/** A ledger, its vault, and chance. */
export interface LedgerAndVault {
  readonly ledger: VaultLedger;
  readonly vault: Pick<Vault, 'id' | 'setId' | 'shards'>;
  randomBytes(size: number): Uint8Array;
}

/** The vault is not the ledger's; the message is for the operator. */
export class ForeignVault extends Error {
  override readonly name = 'ForeignVault';
}

/**
 * Makes sure that a vault is the ledger's, and answers its id. Where they have none in common yet, they get one: when both
 * are empty, or when the vault holds something of what the ledger knows. Throws `ForeignVault`.
 *
 * The ledger says first what the id shall be, so that all processes that begin at the same time say the same; then the
 * vault is given it, durably; only then the ledger notes that it was. A start that is cut off in between is simply repeated.
 */
export async function bindVault(pair: LedgerAndVault): Promise<string> {
  const { ledger, vault } = pair;
  const known = await ledger.proposeVault(newId(pair));
  const found = await vault.id();
  if (found === known.id) {
    if (!known.isBound) await ledger.saveVaultId(found);
    return found;
  }
  if (known.isBound) throw new ForeignVault(whatIsThere(found));
  const held = await compare(pair);
  // Whoever else knows an empty vault by another id shall see that it has gone to us.
  if (held === 'nothing') return name(pair, known.id);
  if (held === 'ours') return name(pair, found ?? known.id);
  // Unless another process was faster, and gave and took while we looked.
  const again = await ledger.proposeVault(known.id);
  if (again.isBound && (await vault.id()) === again.id) return again.id;
  throw new ForeignVault(
    held === 'strangers'
      ? 'it holds files, and none that the ledger knows'
      : 'it holds nothing of what the ledger knows',
  );
}

/** Takes the vault as it is, because the operator says so: from now on both know it by a new id, which it answers. */
export async function adoptVault(pair: LedgerAndVault): Promise<string> {
  return name(pair, newId(pair));
}

/** Throws `ForeignVault` when the vault is not, or no longer, the one that has this id. */
export async function assertBound(vault: Pick<Vault, 'id'>, id: string): Promise<void> {
  const found = await vault.id();
  if (found !== id) throw new ForeignVault(whatIsThere(found));
}

const whatIsThere = (found: string | undefined) =>
  found === undefined
    ? 'what is there is not the vault that the ledger knows, for it has no id'
    : "what is there is not the vault that the ledger knows, for it has another's id";

async function name({ ledger, vault }: LedgerAndVault, id: string): Promise<string> {
  await vault.setId(id);
  await ledger.saveVaultId(id);
  return id;
}

const newId = ({ randomBytes }: LedgerAndVault) => Buffer.from(randomBytes(16)).toString('hex');

/** What a vault holds, as its ledger sees it: something of its own, only what it does not know, nothing though there should be, or rightly nothing. */
async function compare({
  ledger,
  vault,
}: LedgerAndVault): Promise<'ours' | 'strangers' | 'too little' | 'nothing'> {
  let [expected, kept] = [0, 0];
  for await (const { shard, keys } of vault.shards()) {
    const rows = await ledger.keysOfShard(shard);
    for (const key of keys.keys()) if (rows.has(key)) return 'ours';
    expected += rows.size;
    kept += keys.size;
  }
  if (kept > 0) return 'strangers';
  return expected > 0 ? 'too little' : 'nothing';
}
