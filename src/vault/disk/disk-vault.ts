import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { Problem } from '../../contract/problems/problem.ts';
import { createChecksumBuilder } from '../integrity/checksums.ts';
import { assertKey, isKey, KeyExists, shardOf } from '../keys.ts';
import type { Checking, ExistingVault, Shard, Span, StoredFacts, StoredFile, UnknownEntry } from '../vault.ts';
import { readBlocks } from './block-reader.ts';
import { type BufferPool, createBufferPool } from './buffer-pool.ts';
import { createDiskHealth, type DiskHealth } from './disk-health.ts';
import { asDiskProblem, diskProblem, errno } from './errors.ts';
import { createFolders, shardNames, statFiles, statIfExists, syncFolder, watchFolder } from './folders.ts';
import { append, type DiskOperations, type FileHandle, nodeOperations } from './fs-operations.ts';
import { idPath, readId } from './id-file.ts';
import { createWriteBehind } from './write-behind.ts';

/**
 * Opens the vault in a folder, and creates it if it is missing:
 *
 *     <folder>/incoming/<key>                 gifts that are being written
 *     <folder>/gifts/<two hex digits>/<key>   stored gifts
 *     <folder>/id                             the id of the vault
 *
 * Tests replace operations with `faults`; processes may share `health`. Throws the error of the system.
 */
export async function openDiskVault(
  folder: string,
  faults: Partial<DiskOperations> = {},
  health: DiskHealth = createDiskHealth(),
): Promise<ExistingVault> {
  const disk = { ...nodeOperations, ...faults };
  const root = resolve(folder);
  await createFolders(disk, root);
  const vault = new DiskVault(disk, root, health);
  // Notes which folder this is.
  await vault.free();
  return vault;
}

/** Opens the vault in a folder; undefined if there is none. Creates nothing. */
export async function findDiskVault(
  folder: string,
  faults: Partial<DiskOperations> = {},
): Promise<ExistingVault | undefined> {
  const disk = { ...nodeOperations, ...faults };
  const root = resolve(folder);
  try {
    await disk.readdir(join(root, 'gifts'));
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
  return new DiskVault(disk, root, createDiskHealth());
}

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The entries of the vault's folder. */
const ownNames = ['incoming', 'gifts', 'id', 'small.db', 'small.db-wal', 'small.db-shm'];

const isIn = (shard: string, name: string) => isKey(name) && shardOf(name) === shard;

/** A class because it has state: the health of the disk and the files in flight. */
class DiskVault implements ExistingVault {
  readonly #disk: DiskOperations;
  readonly #root: string;
  readonly #inFlight = new Set<string>();
  readonly #buffers: BufferPool = createBufferPool();
  readonly #health: DiskHealth;
  readonly #assertSameRoot: () => Promise<void>;

  constructor(disk: DiskOperations, root: string, health: DiskHealth) {
    this.#disk = disk;
    this.#root = root;
    this.#health = health;
    this.#assertSameRoot = watchFolder(disk, root);
  }

  /**
   * The order of R1: temporary file, bytes, fsync, rename, fsync of the folder. O_EXCL makes the temporary name a lock on the
   * key, since rename(2) replaces existing files and exFAT has no hard links.
   */
  async put(key: string, bytes: AsyncIterable<Uint8Array>, checking?: Checking): Promise<StoredFacts> {
    const finalPath = this.#giftPath(key);
    const temporaryPath = this.#incomingPath(key);
    const file = await this.#create(temporaryPath);
    let path = temporaryPath;
    try {
      await this.#assertUnused(finalPath);
      const stored = await this.#fill(file, bytes, checking);
      await this.#onWrite(() => this.#disk.rename(temporaryPath, finalPath));
      path = finalPath;
      await this.#onWrite(() => syncFolder(this.#disk, dirname(finalPath))); // mutant: no-folder-fsync
      // The kernel may have reported the failure of this folder's fsync to another give, and only to that one.
      this.#health.assertHealthy();
      return stored;
    } catch (error) {
      await this.#discard(file, path);
      throw error;
    } finally {
      this.#inFlight.delete(temporaryPath);
    }
  }

  async *read(
    key: string,
    stored: Pick<StoredFacts, 'size' | 'checks'>,
    span: Span,
  ): AsyncGenerator<Uint8Array, void, void> {
    yield* readBlocks(this.#disk, this.#giftPath(key), stored, span, this.#buffers);
  }

  async has(key: string): Promise<boolean> {
    const path = this.#giftPath(key);
    if (await statIfExists(this.#disk, path)) return true;
    // Without the folder of the shard its disk may not be mounted.
    await asDiskProblem(() => this.#disk.stat(dirname(path)));
    return false;
  }

  /** No fsync: a power cut can only restore a file that the ledger no longer needs, and reconciliation removes it again. */
  async remove(key: string): Promise<void> {
    await this.#unlink(this.#giftPath(key));
  }

  /** Throws if the folder of a shard is missing: an empty shard would count its gifts as lost. */
  async *shards(): AsyncGenerator<Shard> {
    for (const shard of shardNames) {
      const folder = join(this.#root, 'gifts', shard);
      const names = await asDiskProblem(() => this.#disk.readdir(folder));
      const own = names.filter((name) => isIn(shard, name));
      const keys = new Map<string, StoredFile>();
      for await (const [name, { mtimeMs, ctimeMs, size }] of statFiles(this.#disk, folder, own)) {
        // ctime is the time of the rename, which may be long after the last write.
        keys.set(name, { storedAt: Math.max(mtimeMs, ctimeMs), size });
      }
      yield { shard, keys };
    }
  }

  /** Skips files that this process is writing, in case the clock jumped. */
  async sweep(now: number, age: number): Promise<number> {
    const folder = this.#incomingPath('');
    const names = await asDiskProblem(() => this.#disk.readdir(folder));
    let removed = 0;
    for await (const [name, { mtimeMs }] of statFiles(this.#disk, folder, names)) {
      const path = this.#incomingPath(name);
      if (mtimeMs >= now - age || this.#inFlight.has(path)) continue;
      if (await this.#unlink(path)) removed += 1;
    }
    return removed;
  }

  /** Always sound: it has no files besides gifts, whose blocks have checksums. */
  async integrity(): Promise<readonly string[]> {
    return [];
  }

  async *unknownEntries(): AsyncGenerator<UnknownEntry> {
    yield* this.#unknownEntriesIn('incoming', true, () => true);
    yield* this.#unknownEntriesIn('', false, (name) => !ownNames.includes(name));
    yield* this.#unknownEntriesIn('gifts', false, (name) => !shardNames.includes(name));
    for (const shard of shardNames) {
      yield* this.#unknownEntriesIn(join('gifts', shard), false, (name) => !isIn(shard, name));
    }
  }

  async *#unknownEntriesIn(
    folder: string,
    isUnfinished: boolean,
    isUnknown: (name: string) => boolean,
  ): AsyncGenerator<UnknownEntry> {
    const path = join(this.#root, folder);
    const names = (await asDiskProblem(() => this.#disk.readdir(path))).filter(isUnknown);
    for await (const [name, { mtimeMs: changedAt }] of statFiles(this.#disk, path, names)) {
      yield { name: join(folder, name), changedAt, isUnfinished };
    }
  }

  async free(): Promise<number> {
    await this.#assertSameRoot();
    const { bavail, bsize } = await asDiskProblem(() => this.#disk.statfs(this.#root));
    return bavail * bsize;
  }

  async check(): Promise<void> {
    const path = this.#incomingPath(`probe.${randomBytes(8).toString('hex')}`);
    const file = await this.#create(path);
    try {
      await this.#fill(file, [Buffer.from('Can bytes be kept?\n')]);
      await this.#onWrite(() => this.#disk.unlink(path));
    } catch (error) {
      await this.#discard(file, path);
      throw error;
    } finally {
      this.#inFlight.delete(path);
    }
  }

  async id(): Promise<string | undefined> {
    return asDiskProblem(() => readId(this.#disk, this.#root));
  }

  /** Atomic, in the order of `put`. */
  async setId(id: string): Promise<void> {
    const path = this.#incomingPath(`id.${randomBytes(8).toString('hex')}`);
    const file = await this.#create(path);
    try {
      await this.#fill(file, [Buffer.from(id)]);
      await this.#onWrite(() => this.#disk.rename(path, idPath(this.#root)));
      await this.#onWrite(() => syncFolder(this.#disk, this.#root));
      this.#health.assertHealthy();
    } catch (error) {
      await this.#discard(file, path);
      throw error;
    } finally {
      this.#inFlight.delete(path);
    }
  }

  unboundFiles = async (): Promise<never[]> => [];

  async close(): Promise<void> {}

  #giftPath(key: string): string {
    assertKey(key);
    return join(this.#root, 'gifts', shardOf(key), key);
  }

  #incomingPath(name: string): string {
    return join(this.#root, 'incoming', name);
  }

  async #create(path: string): Promise<FileHandle> {
    this.#health.assertHealthy();
    try {
      const file = await this.#disk.open(path, 'wx');
      this.#inFlight.add(path);
      return file;
    } catch (error) {
      throw errno(error) === 'EEXIST' ? new KeyExists() : this.#failure(error);
    }
  }

  async #assertUnused(path: string): Promise<void> {
    const found = await this.#disk.stat(path).catch((error) => {
      if (errno(error) !== 'ENOENT') throw this.#failure(error);
    });
    if (found !== undefined) throw new KeyExists();
  }

  /** Writes all bytes, syncs and closes the file. Throws errors of the source unchanged. */
  async #fill(file: FileHandle, bytes: Source, checking?: Checking): Promise<StoredFacts> {
    const checksums = createChecksumBuilder(checking);
    // Records each failure when it happens: an error of the source must not hide it.
    const write = (chunk: Uint8Array) => this.#onWrite(() => append(this.#disk, file, chunk));
    const sync = () => this.#onWrite(() => this.#disk.fsync(file)); // mutant: no-file-fsync
    const writer = createWriteBehind({ write, sync }, this.#buffers);
    try {
      for await (const chunk of bytes) {
        checksums.add(chunk);
        await writer.add(chunk);
      }
      await writer.finish();
    } finally {
      await writer.close();
    }
    await this.#onWrite(() => this.#disk.close(file));
    return checksums.stored();
  }

  /** Cleans up after a failure and ignores errors: the sweep removes what is left. */
  async #discard(file: FileHandle, path: string): Promise<void> {
    await this.#disk.close(file).catch(() => {});
    await this.#disk.unlink(path).catch(() => {});
  }

  /** Returns whether the file existed. */
  async #unlink(path: string): Promise<boolean> {
    try {
      await this.#disk.unlink(path);
      return true;
    } catch (error) {
      if (errno(error) === 'ENOENT') return false;
      throw this.#failure(error);
    }
  }

  async #onWrite<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): Problem {
    if (errno(error) === 'EIO') this.#health.markFailed(error);
    return diskProblem(error);
  }
}
