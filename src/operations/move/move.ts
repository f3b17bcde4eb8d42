/**
 * Moves an exchange to another place; the state of the move is `leaving`, then `gone`. At most one of both places can be
 * started at any moment, so that no gift is in two pools.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { encryptedSize } from '../../encryption/chunk-cipher.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import { bindVault, ForeignVault } from '../../exchange/storage/vault-binding.ts';
import {
  copyRows,
  findMove,
  isEmpty,
  type Move,
  type RawStore,
  type StoredBytes,
  saveMove,
  storedBytes,
  vaultLedgerOf,
} from '../../ledger/transfer/raw-store.ts';
import { keyOfChecks } from '../../vault/encrypted/file-keys.ts';
import { copyChunks, findDamage } from '../../vault/integrity/verify.ts';
import { selfAuthenticating, type Vault } from '../../vault/vault.ts';

/** Storage of an exchange. */
export interface Place {
  /** For messages; without secrets. */
  readonly name: string;
  readonly store: RawStore;
  readonly vault: Vault;
  /** The same place with its bytes as they are stored: encrypted ones move as they are. */
  readonly stored: Vault;
  readonly ring: KeyRing | undefined;
  /** Waits until no service uses the place, and locks it. Returns how to unlock it. */
  lock(): Promise<() => void>;
}

interface MoveResult {
  readonly files: number;
  readonly rows: number;
  /** Keys of gifts whose bytes were damaged or missing. Their rows moved; the next reconciliation quarantines them. */
  readonly damaged: readonly string[];
}

export interface MoveOptions {
  /** Shows progress as a sentence. */
  report(sentence: string): void;
  /** Called after each step; a test may interrupt the move here. */
  readonly onStep?: (step: 'bytes' | 'leaving' | 'copied') => void;
}

/** The move is not possible. The message is for the operator. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/** Moves, or continues an interrupted move. Throws `MoveError`. */
export async function move(from: Place, to: Place, options: MoveOptions): Promise<MoveResult> {
  const { report, onStep = () => undefined } = options;
  const [outgoing, incoming] = [await findMove(from.store), await findMove(to.store)];
  const current = outgoing?.state === 'arrived' ? undefined : outgoing;
  if (current?.state === 'gone' && current.id === incoming?.id)
    throw new MoveError(`Nothing is to be done: it was moved to ${current.place} before.`);
  if (current?.state === 'gone') throw new MoveError(`It was moved to ${current.place} before.`);
  const isCopied = current !== undefined && current.id === incoming?.id;
  if (!isCopied && !(await isEmpty(to.store)))
    throw new MoveError(`${to.name} holds gifts already; the new place must be an empty one.`);

  for (const place of [from, to]) await assertBoundVault(place);

  const copied = await listKeys(to.vault);
  if (!isCopied) await copyBytes(from, to, copied, report);
  onStep('bytes');
  // From now on no service starts at the old place.
  const leaving = current ?? { id: randomUUID(), state: 'leaving', place: to.name };
  await saveMove(from.store, leaving);
  onStep('leaving');
  report(`Stop the service at ${from.name} now, if it still runs; the rest is quick.`);
  const unlock = await from.lock();
  try {
    const { files, damaged } = await copyBytes(from, to, copied, report);
    const rows = isCopied ? 0 : await copyRows(from.store, to.store, arrivedFrom(leaving, from));
    onStep('copied');
    await saveMove(from.store, { ...leaving, state: 'gone' });
    return { files, rows, damaged };
  } finally {
    unlock();
  }
}

/** A foreign vault would lack the bytes, or remove copied ones as stray. */
async function assertBoundVault({ name, store, vault }: Place): Promise<void> {
  try {
    await bindVault({ ledger: vaultLedgerOf(store), vault, randomBytes });
  } catch (error) {
    if (!(error instanceof ForeignVault)) throw error;
    throw new MoveError(`The vault of ${name} cannot be used: ${error.message}.`, { cause: error });
  }
}

const arrivedFrom = ({ id }: Move, { name }: Place): Move => ({
  id,
  state: 'arrived',
  place: name,
});

async function listKeys(vault: Vault): Promise<Map<string, boolean>> {
  const keys = new Map<string, boolean>();
  for await (const shard of vault.shards()) for (const key of shard.keys.keys()) keys.set(key, false);
  return keys;
}

/** Copies missing files, and verifies once those of an earlier attempt. `copied` maps keys to whether they are verified. */
async function copyBytes(
  from: Place,
  to: Place,
  copied: Map<string, boolean>,
  report: (sentence: string) => void,
): Promise<{ files: number; damaged: readonly string[] }> {
  const damaged: string[] = [];
  let files = 0;
  let reportedAt = performance.now();
  for await (const gift of storedBytes(from.store)) {
    const isVerified = copied.get(gift.key);
    const isDone = isVerified || (isVerified === false && (await isIntact(to.vault, gift)));
    if (!isDone && !(await copy(from, to, gift))) damaged.push(gift.key);
    else copied.set(gift.key, true);
    files++;
    if (performance.now() - reportedAt < 2_000) continue;
    reportedAt = performance.now();
    report(`${files} files are over.`);
  }
  return { files, damaged };
}

/** Returns false if the bytes are damaged or missing. Throws if the new place does not store them. */
async function copy(from: Place, to: Place, gift: StoredBytes): Promise<boolean> {
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

const isIntact = async (vault: Vault, gift: StoredBytes): Promise<boolean> =>
  (await findDamage(vault, gift.key, gift)) === undefined;
