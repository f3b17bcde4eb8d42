/** The disk vault with its small gifts in a bundle: `<folder>/small.db` besides what `disk.ts` keeps. */
import { join } from 'node:path';
import { readHead, resumeFrom } from '../../platform/byte-stream.ts';
import { cached } from '../../platform/cached.ts';
import { openDurable, openExisting, retryBusy } from '../../platform/sqlite.ts';
import { assertWithin, blockStart, damaged, unreadable } from '../disk/block-reader.ts';
import type { DiskHealth } from '../disk/disk-health.ts';
import { findDiskVault, openDiskVault } from '../disk/disk-vault.ts';
import { syncFolder } from '../disk/folders.ts';
import { nodeOperations } from '../disk/fs-operations.ts';
import { createChecksumBuilder, verifyBlock } from '../integrity/checksums.ts';
import { assertKey } from '../keys.ts';
import {
  blockSize,
  type ExistingVault,
  type Span,
  type StoredFacts,
  type Vault,
} from '../vault.ts';
import {
  createSmallFileStore,
  initSmallFileStore,
  openSmallFileStore,
  type SmallFileStore,
} from './sqlite-store.ts';

/** No gift in a bundle is larger, in bytes, whatever the setting is or was: above it a file of its own is as fast. */
export const maxSmallFileSize = 64 * 1024;

/** How old a figure of the free space may be, in milliseconds: nobody can give so much meanwhile that it matters. */
const spaceAge = 200;

const fileIn = (folder: string) => join(folder, 'small.db');

/**
 * Opens the vault in a folder, which is made when it is not there; gifts up to so many bytes lie in its bundle. Only where all
 * who use the folder are on one machine.
 */
export async function openLayeredVault(
  folder: string,
  upTo: number,
  trust?: DiskHealth,
): Promise<Vault> {
  const disk = await openDiskVault(folder, {}, trust);
  // Several processes may begin at once, and SQLite does not wait for another one that makes the file.
  const database = await retryBusy(() => openDurable(fileIn(folder), initSmallFileStore));
  try {
    await retryBusy(() => createSmallFileStore(database));
    // The file's name must be as lasting as what is in it.
    await syncFolder(nodeOperations, folder);
    return bundling(disk, openSmallFileStore(database, trust), upTo);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The vault in a folder, if there is one, with its bundle, if there is one; nothing is made, and nothing put into the bundle. */
export async function findLayeredVault(folder: string): Promise<ExistingVault | undefined> {
  const disk = await findDiskVault(folder);
  return disk && withFoundBundle(disk, folder);
}

/** Opens a vault for those who share its folder, perhaps from several machines; what an earlier service bundled is still found. */
export async function openSharedVault(folder: string, trust?: DiskHealth): Promise<Vault> {
  return withFoundBundle(await openDiskVault(folder, {}, trust), folder);
}

function withFoundBundle(disk: ExistingVault, folder: string): ExistingVault {
  const database = openExisting(fileIn(folder), true);
  return database ? bundling(disk, openSmallFileStore(database), 0) : disk;
}

function bundling(disk: ExistingVault, bundle: SmallFileStore, upTo: number): ExistingVault {
  const mayHold = (size: number) => size <= maxSmallFileSize;
  return {
    put: async (key, bytes) => {
      assertKey(key);
      if (upTo === 0) return disk.put(key, bytes);
      const source = bytes[Symbol.asyncIterator]();
      const { head, isWhole } = await readHead(source, 1 + Math.min(upTo, maxSmallFileSize));
      if (!isWhole) return disk.put(key, resumeFrom(head, source));
      const tally = createChecksumBuilder();
      tally.add(head);
      await bundle.put(key, head);
      return tally.stored();
    },
    read: async function* (key, stored, span) {
      assertKey(key);
      const bytes = mayHold(stored.size) ? getFrom(bundle, key) : undefined;
      if (bytes) yield* readBundled(bytes, stored, span);
      else yield* disk.read(key, stored, span);
    },
    remove: async (key) => {
      assertKey(key);
      if (bundle.has(key)) await bundle.remove(key);
      else await disk.remove(key);
    },
    shards: async function* () {
      for await (const { shard, keys } of disk.shards()) {
        yield { shard, keys: new Map([...bundle.shard(shard), ...keys]) };
      }
    },
    sweep: async (now, age) => {
      await bundle.shrink();
      return disk.sweep(now, age);
    },
    check: async () => {
      await disk.check();
      await bundle.check();
    },
    close: async () => {
      await bundle.close();
      await disk.close();
    },
    free: cached(
      () => performance.now(),
      spaceAge,
      () => disk.free(),
    ),
    id: () => disk.id(),
    setId: (id) => disk.setId(id),
    unknownEntries: () => disk.unknownEntries(),
    integrity: async () => [...(await bundle.integrity()), ...(await disk.integrity())],
  };
}

function getFrom(bundle: SmallFileStore, key: string): Uint8Array | undefined {
  try {
    return bundle.get(key);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Gives out a part of bytes that are here already, block by block, each after its check. */
async function* readBundled(
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
