/**
 * Backups: a folder with a ledger and the bytes that it names, both of one moment. A backup replaces the one before it in the same
 * folder, and copies only the bytes that are new.
 *
 * Bytes go first, then the ledger in one snapshot, then bytes that came meanwhile; what no ledger names any more is removed last.
 * So the ledger in the folder finds its bytes at every moment.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { ledgerPath } from '../../app/data-folder.ts';
import { adoptVault, bindVault } from '../../exchange/storage/vault-binding.ts';
import {
  copyRows,
  findMove,
  isEmpty,
  openSqliteStore,
  type RawStore,
  readSnapshot,
  vaultLedgerOf,
} from '../../ledger/transfer/raw-store.ts';
import { databaseFiles } from '../../platform/file-watch.ts';
import { syncFolder } from '../../vault/disk/folders.ts';
import { nodeOperations } from '../../vault/disk/fs-operations.ts';
import type { Vault } from '../../vault/vault.ts';
import { CommandError } from '../command-arguments.ts';
import { type BytesPlace, type BytesSource, copyBytes, listKeys } from '../copy-bytes.ts';

/** An exchange that is only read. */
export interface Source extends BytesSource {
  /** For messages; without secrets. */
  readonly name: string;
}

/** The folder of backups. */
interface BackupFolder extends BytesPlace {
  readonly path: string;
}

interface BackupOptions {
  /** Reads and checks the files of earlier backups again. */
  readonly verify: boolean;
  /** Shows progress as a sentence. */
  report(sentence: string): void;
  /** Called after each step; a test may interrupt the backup, or change the exchange, here. */
  readonly onStep?: (step: 'bytes' | 'ledger' | 'replaced') => Promise<void> | void;
}

export interface CopyResult {
  readonly files: number;
  readonly rows: number;
  /** Keys of gifts whose bytes were damaged or missing. Their rows are copied; reconciliation quarantines them. */
  readonly damaged: readonly string[];
}

/** Makes a backup beside a running service. */
export async function backUp(from: Source, to: BackupFolder, options: BackupOptions): Promise<CopyResult> {
  const { report, onStep = () => undefined } = options;
  const copied = await listKeys(to.vault, !options.verify);
  await copyBytes(from, to, copied, report);
  await onStep('bytes');
  const next = `${ledgerPath(to.path)}.next`;
  for (const file of databaseFiles(next)) await rm(file, { force: true });
  const result = await withStore(next, async (store) => {
    const origin = { id: randomUUID(), state: 'backup', place: from.name } as const;
    const rows = await readSnapshot(from.store, (snapshot) => copyRows(snapshot, store, origin));
    await onStep('ledger');
    const { files, damaged } = await copyBytes({ ...from, store }, to, copied, report);
    await adoptVault({ ledger: vaultLedgerOf(store), vault: to.vault, randomBytes });
    return { files, rows, damaged };
  });
  await replaceLedger(next, to.path);
  await onStep('replaced');
  await withStore(ledgerPath(to.path), (store) => removeUnnamed(store, to.vault));
  return result;
}

async function withStore<T>(path: string, work: (store: RawStore) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(path);
  try {
    return await work(store);
  } finally {
    await store.db.destroy();
  }
}

/** The new ledger takes the place of the old one at once, also in a power cut. */
async function replaceLedger(next: string, folder: string): Promise<void> {
  const path = ledgerPath(folder);
  // The log of the old ledger must not be taken for that of the new one.
  for (const file of databaseFiles(path).filter((name) => name !== path)) await rm(file, { force: true });
  await rename(next, path);
  await syncFolder(nodeOperations, folder);
}

/** Removes the bytes of gifts that are gone from the ledger. */
async function removeUnnamed(store: RawStore, vault: Vault): Promise<void> {
  const ledger = vaultLedgerOf(store);
  for await (const { shard, keys } of vault.shards()) {
    const named = await ledger.keysOfShard(shard);
    for (const key of keys.keys()) if (!named.has(key)) await vault.remove(key);
  }
}

/** An empty place for an exchange. */
interface EmptyPlace extends BytesPlace {
  readonly name: string;
  readonly store: RawStore;
}

/** Brings a backup back into an empty place. An interrupted one is continued. Throws `CommandError`. */
export async function restore(from: Source, to: EmptyPlace, report: (sentence: string) => void): Promise<CopyResult> {
  const origin = await findMove(from.store);
  if (origin?.state !== 'backup') throw new CommandError(`${from.name} is no backup; "rfx move" moves an exchange.`);
  if (!(await isEmpty(to.store)))
    throw new CommandError(`${to.name} holds gifts already; a backup is brought back into an empty place.`);
  await bindVault({ ledger: vaultLedgerOf(to.store), vault: to.vault, randomBytes });
  const { files, damaged } = await copyBytes(from, to, await listKeys(to.vault, false), report);
  const rows = await copyRows(from.store, to.store, { id: randomUUID(), state: 'arrived', place: from.name });
  return { files, rows, damaged };
}
