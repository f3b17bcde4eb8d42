/**
 * Moves a whole exchange, ledger and vault, to another place. Bytes go first, while the service may still run; then it
 * has to stop, the rest follows, and the ledger goes over in one transaction. At any moment at most one of the two can be
 * started: the old one refuses from before the new one holds anything, so no gift is ever in two pools.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { bindVault, ForeignVault } from '../../exchange/vault-binding.ts';
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
import { findDamage } from '../../vault/integrity/verify.ts';
import type { Vault } from '../../vault/vault.ts';

/** Where an exchange lives. */
export interface Place {
  /** For people, without secrets. */
  readonly name: string;
  readonly store: RawStore;
  readonly vault: Vault;
  /** Waits until no service uses it, and keeps it so; answers how to let go. */
  hold(): Promise<() => void>;
}

interface MoveResult {
  readonly files: number;
  readonly rows: number;
  /** Keys of gifts whose bytes were damaged or gone already; their rows moved, and the next reconciliation takes them out. */
  readonly damaged: readonly string[];
}

export interface MoveOptions {
  /** Tells how it goes on, in sentences. */
  say(sentence: string): void;
  /** A step of the move is done; a test may end it here. */
  readonly reached?: (step: 'bytes' | 'leaving' | 'copied') => void;
}

/** A move that cannot begin, as a sentence. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/** Moves, or goes on with a move that was broken off. Throws `MoveError`. */
export async function move(from: Place, to: Place, options: MoveOptions): Promise<MoveResult> {
  const { say, reached = () => undefined } = options;
  const [last, arrived] = [await findMove(from.store), await findMove(to.store)];
  const left = last?.state === 'arrived' ? undefined : last;
  if (left?.state === 'gone' && left.id === arrived?.id)
    throw new MoveError(`Nothing is to be done: it was moved to ${left.place} before.`);
  if (left?.state === 'gone') throw new MoveError(`It was moved to ${left.place} before.`);
  const isCopied = left !== undefined && left.id === arrived?.id;
  if (!isCopied && !(await isEmpty(to.store)))
    throw new MoveError(`${to.name} holds gifts already; the new place must be an empty one.`);

  for (const place of [from, to]) await assertWhole(place);

  const there = await keysIn(to.vault);
  if (!isCopied) await copyBytes(from, to, there, say);
  reached('bytes');
  // From now on no service starts here; one that runs already has to be stopped.
  const leaving = left ?? { id: randomUUID(), state: 'leaving', place: to.name };
  await saveMove(from.store, leaving);
  reached('leaving');
  say(`Stop the service at ${from.name} now, if it still runs; the rest is quick.`);
  const letGo = await from.hold();
  try {
    const { files, damaged } = await copyBytes(from, to, there, say);
    const rows = isCopied ? 0 : await copyRows(from.store, to.store, hereFrom(leaving, from));
    reached('copied');
    await saveMove(from.store, { ...leaving, state: 'gone' });
    return { files, rows, damaged };
  } finally {
    letGo();
  }
}

/** Bytes from a vault that is not the ledger's would be none, and into another's they would be cleared up there. */
async function assertWhole({ name, store, vault }: Place): Promise<void> {
  try {
    await bindVault({ ledger: vaultLedgerOf(store), vault, randomBytes });
  } catch (error) {
    if (!(error instanceof ForeignVault)) throw error;
    throw new MoveError(`The vault of ${name} cannot be used: ${error.message}.`, { cause: error });
  }
}

const hereFrom = ({ id }: Move, { name }: Place): Move => ({ id, state: 'arrived', place: name });

async function keysIn(vault: Vault): Promise<Map<string, boolean>> {
  const keys = new Map<string, boolean>();
  for await (const shard of vault.shards())
    for (const key of shard.keys.keys()) keys.set(key, false);
  return keys;
}

/** Copies what is not there yet, and reads what is there once, for an earlier attempt may have left it. */
async function copyBytes(
  from: Place,
  to: Place,
  there: Map<string, boolean>,
  say: (sentence: string) => void,
): Promise<{ files: number; damaged: readonly string[] }> {
  const damaged: string[] = [];
  let files = 0;
  let told = performance.now();
  for await (const gift of storedBytes(from.store)) {
    const isRight = there.get(gift.key) ?? (there.has(gift.key) ? false : undefined);
    const isDone = isRight === true || (isRight === false && (await isWhole(to.vault, gift)));
    if (!isDone && !(await copy(from.vault, to.vault, gift))) damaged.push(gift.key);
    else there.set(gift.key, true);
    files++;
    if (performance.now() - told < 2_000) continue;
    told = performance.now();
    say(`${files} files are over.`);
  }
  return { files, damaged };
}

/** Answers whether the bytes were there, and right. Throws when the new place does not take them. */
async function copy(from: Vault, to: Vault, gift: StoredBytes): Promise<boolean> {
  if (!(await isWhole(from, gift))) return false;
  await to.remove(gift.key);
  const stored = await to.put(gift.key, owned(from.read(gift.key, gift, whole(gift))));
  if (stored.sha256 === gift.sha256) return true;
  await to.remove(gift.key);
  return false;
}

const whole = ({ size }: StoredBytes) => ({ start: 0, end: size });

const isWhole = async (vault: Vault, gift: StoredBytes): Promise<boolean> =>
  (await findDamage(vault, gift.key, gift)) === undefined;

/** A vault's chunks are only lent until the next; another vault may hold on to one for longer. */
async function* owned(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
