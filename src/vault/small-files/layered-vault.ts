/** The disk vault with a store of small files layered over it: `<folder>/small.db`. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { peek } from '../../platform/byte-stream.ts';
import { cached } from '../../platform/cached.ts';
import { databaseFiles } from '../../platform/file-watch.ts';
import { openDurable, openExisting, retryBusy } from '../../platform/sqlite.ts';
import { assertWithin, blockStart, damaged, unreadable } from '../disk/block-reader.ts';
import { createDiskHealth, type DiskHealth } from '../disk/disk-health.ts';
import { findDiskVault, openDiskVault } from '../disk/disk-vault.ts';
import { syncFolder } from '../disk/folders.ts';
import { nodeOperations } from '../disk/fs-operations.ts';
import { createChecksumBuilder, verifyBlock } from '../integrity/checksums.ts';
import { assertKey } from '../keys.ts';
import { blockSize, type ExistingVault, type Span, type StoredFacts, type Vault } from '../vault.ts';
import {
  createSmallFileStore,
  initSmallFileStore,
  openSmallFileStore,
  type SmallFileStore,
  unusableStore,
} from './sqlite-store.ts';

/** Upper limit for every setting, in bytes: above it a file is as fast. */
export const maxSmallFileSize = 64 * 1024;

/** How long the free space is cached, in milliseconds: too short for gifts to change it much. */
const maxCacheAge = 200;

const databasePath = (folder: string) => join(folder, 'small.db');

/**
 * Opens or creates the vault in a folder, with gifts up to `maxSize` bytes in the store of small files. All processes that use
 * the folder must run on one machine.
 */
export async function openLayeredVault(
  folder: string,
  maxSize: number,
  health: DiskHealth = createDiskHealth(),
): Promise<Vault> {
  const disk = await openDiskVault(folder, {}, health);
  // Several processes may start at once, and SQLite does not wait for another one that creates the file.
  const isNew = !existsSync(databasePath(folder));
  const database = await retryBusy(() => openDurable(databasePath(folder), initSmallFileStore));
  try {
    await retryBusy(() => createSmallFileStore(database));
    // Makes the name of the database file durable.
    await syncFolder(nodeOperations, folder);
    const store = openSmallFileStore(database, health);
    const vault = layerOver(disk, store, { maxSize, ownFile: databasePath(folder) });
    return isNew ? removingUnused(vault, store, folder) : vault;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Removes a new store that was never bound: after a refused start, an empty file would hide that the real one is missing. */
function removingUnused(vault: Vault, store: SmallFileStore, folder: string): Vault {
  return {
    ...vault,
    close: async () => {
      const isUnused = store.id() === undefined && store.isEmpty();
      await vault.close();
      if (isUnused) for (const file of databaseFiles(databasePath(folder))) await rm(file, { force: true });
    },
  };
}

/**
 * Opens the vault in a folder if there is one; creates nothing, and stores no small files. With `needsStore` a missing store of
 * small files is a fault of the vault.
 */
export async function findLayeredVault(folder: string, needsStore: boolean): Promise<ExistingVault | undefined> {
  const disk = await findDiskVault(folder);
  if (!disk) return undefined;
  try {
    const found = withExistingStore(disk, folder);
    return found === disk && needsStore ? withoutStore(disk, `"${databasePath(folder)}" is missing`) : found;
  } catch (error) {
    return withoutStore(disk, (error as Error).message);
  }
}

/** The vault without its store, for a report that says why. */
const withoutStore = (disk: ExistingVault, fault: string) => layerOver(disk, unusableStore(fault), { maxSize: 0 });

/** Opens the vault in a folder that several machines may share. Reads an existing store of small files, but adds none. */
export async function openSharedVault(folder: string, health?: DiskHealth): Promise<Vault> {
  return withExistingStore(await openDiskVault(folder, {}, health), folder);
}

function withExistingStore(disk: ExistingVault, folder: string): ExistingVault {
  const database = openExisting(databasePath(folder), true);
  return database ? layerOver(disk, openSmallFileStore(database), { maxSize: 0 }) : disk;
}

interface Layer {
  /** Files up to this size go into the store, in bytes. */
  readonly maxSize: number;
  /** The file of the store, if it must carry the id of the vault. */
  readonly ownFile?: string;
}

function layerOver(disk: ExistingVault, store: SmallFileStore, { maxSize, ownFile }: Layer): ExistingVault {
  return {
    put: async (key, bytes, checking) => {
      assertKey(key);
      if (maxSize === 0) return disk.put(key, bytes, checking);
      const limit = Math.min(maxSize, maxSmallFileSize);
      const peeked = await peek(bytes, limit + 1);
      const { head, isWhole } = peeked;
      if (!isWhole || head.byteLength > limit) return disk.put(key, peeked, checking);
      const checksums = createChecksumBuilder(checking);
      checksums.add(head);
      await store.put(key, head);
      return checksums.stored();
    },
    read: async function* (key, stored, span) {
      assertKey(key);
      const bytes = stored.size <= maxSmallFileSize ? readSmallFile(store, key) : undefined;
      if (bytes) yield* verifiedBlocks(bytes, stored, span);
      else yield* disk.read(key, stored, span);
    },
    has: async (key) => {
      assertKey(key);
      return store.has(key) || disk.has(key);
    },
    remove: async (key) => {
      assertKey(key);
      if (store.has(key)) await store.remove(key);
      else await disk.remove(key);
    },
    shards: async function* () {
      for await (const { shard, keys } of disk.shards()) {
        yield { shard, keys: new Map([...store.shard(shard), ...keys]) };
      }
    },
    sweep: async (now, age) => {
      await store.shrink();
      return disk.sweep(now, age);
    },
    check: async () => {
      await disk.check();
      await store.check();
    },
    close: async () => {
      await store.close();
      await disk.close();
    },
    free: cached(
      () => performance.now(),
      maxCacheAge,
      () => disk.free(),
    ),
    id: () => disk.id(),
    setId: async (id) => {
      await disk.setId(id);
      if (ownFile !== undefined) await store.setId(id);
    },
    unboundFiles: async () =>
      ownFile === undefined || store.id() === (await disk.id()) ? [] : [{ path: ownFile, isEmpty: store.isEmpty() }],
    unknownEntries: () => disk.unknownEntries(),
    integrity: async () => [...(await store.integrity()), ...(await disk.integrity())],
  };
}

function readSmallFile(store: SmallFileStore, key: string): Uint8Array | undefined {
  try {
    return store.get(key);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Yields a span of bytes in memory block by block, each after its verification. */
async function* verifiedBlocks(
  bytes: Uint8Array,
  { size, checks }: Pick<StoredFacts, 'size' | 'checks'>,
  span: Span,
): AsyncGenerator<Uint8Array, void, void> {
  assertWithin(span, size);
  if (span.start === span.end) return;
  if (bytes.byteLength !== size) throw damaged(`${bytes.byteLength} bytes instead of ${size}`);
  for (let start = blockStart(span.start); start < span.end; start += blockSize) {
    const block = bytes.subarray(start, start + blockSize);
    if (!verifyBlock(checks, start / blockSize, block))
      // mutant: damage-unseen-in-small-files
      throw damaged(`block ${start / blockSize} has changed`);
    yield block.subarray(Math.max(0, span.start - start), span.end - start);
  }
}
