/** Copies the bytes of an exchange to another place, and verifies each file. */
import { encryptedSize } from '../encryption/chunk-cipher.ts';
import { type RawStore, type StoredBytes, storedBytes } from '../ledger/transfer/raw-store.ts';
import { keyOfChecks } from '../vault/encrypted/file-keys.ts';
import { copyChunks, findDamage } from '../vault/integrity/verify.ts';
import { selfAuthenticating, type Vault } from '../vault/vault.ts';

/** Where bytes come from: a ledger that names them, and their vault. */
export interface BytesSource {
  readonly store: RawStore;
  readonly vault: Pick<Vault, 'read'>;
  /** The same vault with its bytes as they are stored: encrypted ones are copied as they are. */
  readonly stored: Pick<Vault, 'read'>;
}

/** Where they go to. */
export interface BytesPlace {
  readonly vault: Vault;
  readonly stored: Vault;
}

interface CopiedBytes {
  readonly files: number;
  /** Keys of gifts whose bytes were damaged or missing. */
  readonly damaged: readonly string[];
}

/** The keys of a vault, and whether their files count as verified, for `copyBytes`. */
export async function listKeys(vault: Pick<Vault, 'shards'>, isVerified: boolean): Promise<Map<string, boolean>> {
  const keys = new Map<string, boolean>();
  for await (const shard of vault.shards()) for (const key of shard.keys.keys()) keys.set(key, isVerified);
  return keys;
}

/** Between two reports of progress, in milliseconds. */
const reportInterval = 2_000;

/**
 * Copies missing files, and verifies once those of an earlier attempt.
 *
 * `copied` maps keys of the new place to whether they are verified, and is kept up to date. `report` shows progress as a sentence.
 */
export async function copyBytes(
  from: BytesSource,
  to: BytesPlace,
  copied: Map<string, boolean>,
  report: (sentence: string) => void,
): Promise<CopiedBytes> {
  const damaged: string[] = [];
  let files = 0;
  let reportedAt = performance.now();
  for await (const gift of storedBytes(from.store)) {
    const isVerified = copied.get(gift.key);
    const isDone = isVerified || (isVerified === false && (await isIntact(to.vault, gift)));
    if (!isDone && !(await copy(from, to, gift))) damaged.push(gift.key);
    else copied.set(gift.key, true);
    files++;
    if (performance.now() - reportedAt < reportInterval) continue;
    reportedAt = performance.now();
    report(`${files} files are over.`);
  }
  return { files, damaged };
}

/** Returns false if the bytes are damaged or missing. Throws if the new place does not store them. */
async function copy(from: BytesSource, to: BytesPlace, gift: StoredBytes): Promise<boolean> {
  if (!(await isIntact(from.vault, gift))) return false;
  await to.vault.remove(gift.key);
  const { size, checks } = storedForm(gift);
  const chunks = from.stored.read(gift.key, { size, checks }, { start: 0, end: size });
  const { sha256 } = await to.stored.put(gift.key, copyChunks(chunks), checkingOf(checks));
  if (sha256 === gift.sha256 || (checks === selfAuthenticating && (await isIntact(to.vault, gift)))) return true;
  await to.vault.remove(gift.key);
  return false;
}

/** Size and checks of the bytes at rest. */
const storedForm = ({ size, checks }: StoredBytes) =>
  keyOfChecks(checks) === undefined ? { size, checks } : { size: encryptedSize(size), checks: selfAuthenticating };

const checkingOf = (checks: Uint8Array) => (checks === selfAuthenticating ? 'self-authenticating' : 'checksums');

const isIntact = async (vault: Pick<Vault, 'read'>, gift: StoredBytes): Promise<boolean> =>
  (await findDamage(vault, gift.key, gift)) === undefined;
