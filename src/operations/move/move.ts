/**
 * Moves an exchange to another place; the state of the move is `leaving`, then `gone`. At most one of both places can be
 * started at any moment, so that no gift is in two pools.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { KeyRing } from '../../encryption/key-ring.ts';
import { bindVault, ForeignVault } from '../../exchange/storage/vault-binding.ts';
import {
  copyRows,
  findMove,
  isEmpty,
  type Move,
  type RawStore,
  saveMove,
  vaultLedgerOf,
} from '../../ledger/transfer/raw-store.ts';
import { type BytesPlace, copyBytes, listKeys } from '../copy-bytes.ts';

/** Storage of an exchange. */
export interface Place extends BytesPlace {
  /** For messages; without secrets. */
  readonly name: string;
  readonly store: RawStore;
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
  if (current?.state === 'backup')
    throw new MoveError(`It is a backup of ${current.place}; bring it back with "rfx restore".`);
  const isCopied = current !== undefined && current.id === incoming?.id;
  if (!isCopied && !(await isEmpty(to.store)))
    throw new MoveError(`${to.name} holds gifts already; the new place must be an empty one.`);

  for (const place of [from, to]) await assertBoundVault(place);

  const copied = await listKeys(to.vault, false);
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
