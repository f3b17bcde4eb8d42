import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { Problem } from '../../contract/problems/problem.ts';
import { createChecksumBuilder } from '../integrity/checksums.ts';
import { assertKey, isKey, KeyExists, shardOf } from '../keys.ts';
import type {
  ExistingVault,
  Shard,
  Span,
  StoredFacts,
  StoredFile,
  UnknownEntry,
} from '../vault.ts';
import { readBlocks } from './block-reader.ts';
import { type BufferPool, sharedBufferPool } from './buffer-pool.ts';
import { createDiskHealth, type DiskHealth } from './disk-health.ts';
import { asDiskProblem, diskProblem, errno } from './errors.ts';
import { fileTimes, makeFolders, shardNames, syncFolder } from './folders.ts';
import { append, type DiskOperations, type FileHandle, nodeOperations } from './fs-operations.ts';
import { idPath, readId } from './id-file.ts';
import { writeBehind } from './write-behind.ts';

/**
 * Opens the vault in a folder, which is made when it is not there:
 *
 *     <folder>/incoming/<key>                 on its way in
 *     <folder>/gifts/<two hex digits>/<key>   kept
 *     <folder>/id                             whose vault it is
 *
 * `faults` replaces operations of the file system, for tests; `trust` may be that of several processes. Throws the system's
 * error when a folder cannot be made.
 */
export async function openDiskVault(
  folder: string,
  faults: Partial<DiskOperations> = {},
  trust: DiskHealth = createDiskHealth(),
): Promise<ExistingVault> {
  const disk = { ...nodeOperations, ...faults };
  const root = resolve(folder);
  await makeFolders(disk, root);
  return new DiskVault(disk, root, trust);
}

/** The vault in a folder, if there is one; nothing is made. */
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

/** What there is in the vault's folder besides gifts; `id` says whose vault it is. */
const ownNames = ['incoming', 'gifts', 'id', 'small.db', 'small.db-wal', 'small.db-shm'];

const isIn = (shard: string, name: string) => isKey(name) && shardOf(name) === shard;

/** A class, for it guards two things: that the disk is still trusted, and which files are on their way in. */
class DiskVault implements ExistingVault {
  readonly #disk: DiskOperations;
  readonly #root: string;
  readonly #coming = new Set<string>();
  readonly #pieces: BufferPool = sharedBufferPool();
  readonly #trust: DiskHealth;

  constructor(disk: DiskOperations, root: string, trust: DiskHealth) {
    this.#disk = disk;
    this.#root = root;
    this.#trust = trust;
  }

  /**
   * R1's order: a new temporary file, all bytes, fsync, rename, fsync of the folder.
   * rename(2) would replace a file that is there; `link` would not, but exFAT and many network shares cannot link. So
   * the temporary name is the key itself, and O_EXCL makes it a lock: while this give holds it no other, in any process,
   * can rename to the same key, and one look at the final name is enough.
   */
  async put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredFacts> {
    const kept = this.#keptAs(key);
    const coming = this.#comingAs(key);
    const file = await this.#create(coming);
    let name = coming;
    try {
      await this.#assertUnused(kept);
      const stored = await this.#fill(file, bytes);
      await this.#onWrite(() => this.#disk.rename(coming, kept));
      name = kept;
      await this.#onWrite(() => syncFolder(this.#disk, dirname(kept))); // mutant: no-folder-fsync
      // The failure of this folder's fsync may have been reported to another give, and only to that one.
      this.#trust.assertHealthy();
      return stored;
    } catch (error) {
      await this.#drop(file, name);
      throw error;
    } finally {
      this.#coming.delete(coming);
    }
  }

  async *read(
    key: string,
    stored: Pick<StoredFacts, 'size' | 'checks'>,
    span: Span,
  ): AsyncGenerator<Uint8Array, void, void> {
    yield* readBlocks(this.#disk, this.#keptAs(key), stored, span, this.#pieces);
  }

  /** No fsync: a power cut can only bring back what the ledger has forgotten already, and the sweep takes it again. */
  async remove(key: string): Promise<void> {
    await this.#unlink(this.#keptAs(key));
  }

  /** A shard's folder that is missing is an error and not an empty shard: nobody shall take its gifts for lost. */
  async *shards(): AsyncGenerator<Shard> {
    for (const shard of shardNames) {
      const folder = join(this.#root, 'gifts', shard);
      const names = await asDiskProblem(() => this.#disk.readdir(folder));
      const own = names.filter((name) => isIn(shard, name));
      const keys = new Map<string, StoredFile>();
      for await (const [name, { mtimeMs, ctimeMs, size }] of fileTimes(this.#disk, folder, own)) {
        // A rename sets ctime: what was kept now is young, also when its last byte came long before its end.
        keys.set(name, { storedAt: Math.max(mtimeMs, ctimeMs), size });
      }
      yield { shard, keys };
    }
  }

  /** Leaves alone what this process is writing, however the clock may have jumped. */
  async sweep(now: number, age: number): Promise<number> {
    const folder = this.#comingAs('');
    const names = await asDiskProblem(() => this.#disk.readdir(folder));
    let removed = 0;
    for await (const [name, { mtimeMs }] of fileTimes(this.#disk, folder, names)) {
      const path = this.#comingAs(name);
      if (mtimeMs >= now - age || this.#coming.has(path)) continue;
      if (await this.#unlink(path)) removed += 1;
    }
    return removed;
  }

  /** Its files are the gifts' alone, and each block of them has its check. */
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
    isOdd: (name: string) => boolean,
  ): AsyncGenerator<UnknownEntry> {
    const path = join(this.#root, folder);
    const names = (await asDiskProblem(() => this.#disk.readdir(path))).filter(isOdd);
    for await (const [name, { mtimeMs: changedAt }] of fileTimes(this.#disk, path, names)) {
      yield { name: join(folder, name), changedAt, isUnfinished };
    }
  }

  async free(): Promise<number> {
    const { bavail, bsize } = await asDiskProblem(() => this.#disk.statfs(this.#root));
    return bavail * bsize;
  }

  async check(): Promise<void> {
    const path = this.#comingAs(`probe.${randomBytes(8).toString('hex')}`);
    const file = await this.#create(path);
    try {
      await this.#fill(file, [Buffer.from('Can bytes be kept?\n')]);
      await this.#onWrite(() => this.#disk.unlink(path));
    } catch (error) {
      await this.#drop(file, path);
      throw error;
    } finally {
      this.#coming.delete(path);
    }
  }

  async id(): Promise<string | undefined> {
    return asDiskProblem(() => readId(this.#disk, this.#root));
  }

  /** In the order of a give, so that there is the old id or the new one, and never half of one. */
  async setId(id: string): Promise<void> {
    const coming = this.#comingAs(`id.${randomBytes(8).toString('hex')}`);
    const file = await this.#create(coming);
    try {
      await this.#fill(file, [Buffer.from(id)]);
      await this.#onWrite(() => this.#disk.rename(coming, idPath(this.#root)));
      await this.#onWrite(() => syncFolder(this.#disk, this.#root));
      this.#trust.assertHealthy();
    } catch (error) {
      await this.#drop(file, coming);
      throw error;
    } finally {
      this.#coming.delete(coming);
    }
  }

  async close(): Promise<void> {}

  #keptAs(key: string): string {
    assertKey(key);
    return join(this.#root, 'gifts', shardOf(key), key);
  }

  #comingAs(name: string): string {
    return join(this.#root, 'incoming', name);
  }

  async #create(path: string): Promise<FileHandle> {
    this.#trust.assertHealthy();
    try {
      const file = await this.#disk.open(path, 'wx');
      this.#coming.add(path);
      return file;
    } catch (error) {
      throw errno(error) === 'EEXIST' ? new KeyExists() : this.#failure(error);
    }
  }

  async #assertUnused(kept: string): Promise<void> {
    const found = await this.#disk.stat(kept).catch((error) => {
      if (errno(error) !== 'ENOENT') throw this.#failure(error);
    });
    if (found !== undefined) throw new KeyExists();
  }

  /** Writes everything to the disk itself and closes the file. An error of the source passes as it is. */
  async #fill(
    file: FileHandle,
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<StoredFacts> {
    const tally = createChecksumBuilder();
    // Each failure is noted when it happens: a source that throws meanwhile must not hide it.
    const write = (part: Uint8Array) => this.#onWrite(() => append(this.#disk, file, part));
    const sync = () => this.#onWrite(() => this.#disk.fsync(file)); // mutant: no-file-fsync
    const writing = writeBehind({ write, sync }, this.#pieces);
    try {
      for await (const chunk of bytes) {
        tally.add(chunk);
        await writing.add(chunk);
      }
      await writing.finish();
    } finally {
      await writing.close();
    }
    await this.#onWrite(() => this.#disk.close(file));
    return tally.stored();
  }

  /** Clears up after a failure, whose error is the one to tell; what cannot be cleared now is the sweep's. */
  async #drop(file: FileHandle, path: string): Promise<void> {
    await this.#disk.close(file).catch(() => {});
    await this.#disk.unlink(path).catch(() => {});
  }

  /** Says whether there was a file to remove. */
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
    if (errno(error) === 'EIO') this.#trust.markFailed(error);
    return diskProblem(error);
  }
}
