/** The disk vault with its small gifts in a bundle: `<folder>/small.db` besides what `disk.ts` keeps. */
import { join } from 'node:path';
import { readHead, resumed } from '../../platform/byte-stream.ts';
import { remembering } from '../../platform/cached.ts';
import { openDurable, openFound, patiently } from '../../platform/sqlite.ts';
import { assertWithin, blockStart, damaged, unreadable } from '../disk/block-reader.ts';
import type { Trust } from '../disk/disk-health.ts';
import { findDiskVault, openDiskVault } from '../disk/disk-vault.ts';
import { syncFolder } from '../disk/folders.ts';
import { nodeOperations } from '../disk/fs-operations.ts';
import { startTally, verifyBlock } from '../integrity/checksums.ts';
import { assertKey } from '../keys.ts';
import { blockSize, type FoundVault, type Span, type Stored, type Vault } from '../vault.ts';
import { type Bundle, layOutBundle, makeBundle, openBundle } from './sqlite-store.ts';

/** No gift in a bundle is larger, in bytes, whatever the setting is or was: above it a file of its own is as fast. */
export const largestBundled = 64 * 1024;

/** How old a figure of the free space may be, in milliseconds: nobody can give so much meanwhile that it matters. */
const spaceAge = 200;

const fileIn = (folder: string) => join(folder, 'small.db');

/**
 * Opens the vault in a folder, which is made when it is not there; gifts up to so many bytes lie in its bundle. Only where all
 * who use the folder are on one machine.
 */
export async function openBundlingVault(
  folder: string,
  upTo: number,
  trust?: Trust,
): Promise<Vault> {
  const disk = await openDiskVault(folder, {}, trust);
  // Several processes may begin at once, and SQLite does not wait for another one that makes the file.
  const database = await patiently(() => openDurable(fileIn(folder), layOutBundle));
  try {
    await patiently(() => makeBundle(database));
    // The file's name must be as lasting as what is in it.
    await syncFolder(nodeOperations, folder);
    return bundling(disk, openBundle(database, trust), upTo);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The vault in a folder, if there is one, with its bundle, if there is one; nothing is made, and nothing put into the bundle. */
export async function findBundlingVault(folder: string): Promise<FoundVault | undefined> {
  const disk = await findDiskVault(folder);
  return disk && withFoundBundle(disk, folder);
}

/** Opens a vault for those who share its folder, perhaps from several machines; what an earlier service bundled is still found. */
export async function openSharedVault(folder: string, trust?: Trust): Promise<Vault> {
  return withFoundBundle(await openDiskVault(folder, {}, trust), folder);
}

function withFoundBundle(disk: FoundVault, folder: string): FoundVault {
  const database = openFound(fileIn(folder), true);
  return database ? bundling(disk, openBundle(database), 0) : disk;
}

function bundling(disk: FoundVault, bundle: Bundle, upTo: number): FoundVault {
  const mayHold = (size: number) => size <= largestBundled;
  return {
    put: async (key, bytes) => {
      assertKey(key);
      if (upTo === 0) return disk.put(key, bytes);
      const source = bytes[Symbol.asyncIterator]();
      const { head, isWhole } = await readHead(source, 1 + Math.min(upTo, largestBundled));
      if (!isWhole) return disk.put(key, resumed(head, source));
      const tally = startTally();
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
    free: remembering(
      () => performance.now(),
      spaceAge,
      () => disk.free(),
    ),
    id: () => disk.id(),
    setId: (id) => disk.setId(id),
    oddments: () => disk.oddments(),
    integrity: async () => [...(await bundle.integrity()), ...(await disk.integrity())],
  };
}

function getFrom(bundle: Bundle, key: string): Uint8Array | undefined {
  try {
    return bundle.get(key);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Gives out a part of bytes that are here already, block by block, each after its check. */
async function* readBundled(
  bytes: Uint8Array,
  { size, checks }: Pick<Stored, 'size' | 'checks'>,
  span: Span,
): AsyncGenerator<Uint8Array, void, void> {
  assertWithin(span, size);
  if (span.start === span.end) return;
  if (bytes.byteLength !== size) throw damaged(`${bytes.byteLength} bytes instead of ${size}`);
  for (let start = blockStart(span.start); start < span.end; start += blockSize) {
    const block = bytes.subarray(start, start + blockSize);
    if (!verifyBlock(checks, start / blockSize, block))
      throw damaged(`block ${start / blockSize} has changed`);
    yield block.subarray(Math.max(0, span.start - start), span.end - start);
  }
}
