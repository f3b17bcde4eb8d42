import { Problem } from '../../contract/problems/problem.ts';
import { cached } from '../../platform/cached.ts';
import { unreadable } from '../disk/block-reader.ts';
import { shardNames } from '../disk/folders.ts';
import { type DiskOperations, nodeOperations } from '../disk/fs-operations.ts';
import { giftName, isGiftName, isKey, KeyExists } from '../keys.ts';
import type { Checking, ExistingVault, Shard, Span, StoredFacts, StoredFile, UnknownEntry, Vault } from '../vault.ts';
import { type Bucket, type BucketPlace, connectBucket } from './client.ts';
import { s3Problem } from './errors.ts';
import { idObjectName, readIdObject, writeIdObject } from './id-object.ts';
import { readObject } from './read-object.ts';
import { abortMultipartUpload, deleteObject, listMultipartUploads, listObjects } from './requests.ts';
import { defaultRetryPolicy, requestWithRetry, type StallWatch } from './retry.ts';
import { describeFailure, newProbeName, probe, probePrefix, testIfNoneMatch } from './self-test.ts';
import { findSpool, openSpool, type Spool } from './spool.ts';
import { type S3Context, uploadObject } from './upload-object.ts';

export interface S3Place extends BucketPlace {
  /** Prefix of all object names; may be empty. */
  readonly prefix: string;
  /** Local folder for gifts before they are sent; see `spool.ts`. */
  readonly spool: string;
}

/** Overrides for tests. */
interface S3Choices extends Partial<Pick<S3Context, 'policy' | 'partSize'>> {
  readonly disk?: Partial<DiskOperations>;
}

/** Larger gifts are sent in parts of this size, so that a failed attempt repeats at most that. */
const partSize = 64 * 1024 * 1024;

/** Fewer attempts for removals and the id, which are retried later anyway. */
const briefRetry = { maxAttempts: 2, stallTimeout: 5_000 };

/** How long the results of the self-test and of reading the id are cached, in milliseconds. */
const maxCacheAge = 2_000;

/**
 * Opens the vault in an existing bucket:
 *
 *     <prefix>gifts/<two hex digits>/<key>   the gifts
 *     <prefix>probes/<random>                objects of the self-test
 *     <prefix>id                             the id of the vault
 *
 * Throws one sentence if the bucket cannot store bytes.
 */
export async function openS3Vault(place: S3Place, choices: S3Choices = {}): Promise<Vault> {
  const spool = await openSpool({ ...nodeOperations, ...choices.disk }, place.spool);
  const context = await createContext(place, choices);
  const probeName = newProbeName(place.prefix);
  const supportsIfNoneMatch = await testIfNoneMatch(context, spool, probeName).catch((error) => {
    throw new Error(describeFailure(place, error), { cause: error });
  });
  return new S3Vault({ ...context, supportsIfNoneMatch }, spool, place.prefix, probeName);
}

/** Opens the vault in a bucket for inspection, without a self-test. */
export async function findS3Vault(place: S3Place, choices: S3Choices = {}): Promise<ExistingVault> {
  const spool = findSpool({ ...nodeOperations, ...choices.disk }, place.spool);
  const context = await createContext(place, choices);
  return new S3Vault(context, spool, place.prefix, newProbeName(place.prefix));
}

const createContext = async (place: S3Place, choices: S3Choices): Promise<S3Context> => ({
  bucket: await connectBucket(place),
  policy: defaultRetryPolicy,
  partSize,
  inFlight: new Set<string>(),
  supportsIfNoneMatch: false,
  ...choices,
});

/** A class because it has state: the uploads in flight, the cached self-test and the cached id. */
class S3Vault implements ExistingVault {
  readonly #context: S3Context;
  readonly #bucket: Bucket;
  readonly #spool: Spool;
  readonly #prefix: string;
  readonly #probeName: string;
  readonly #selfTest: () => Promise<void>;
  #id: () => Promise<string | undefined>;

  constructor(context: S3Context, spool: Spool, prefix: string, probeName: string) {
    this.#context = context;
    this.#bucket = context.bucket;
    this.#spool = spool;
    this.#prefix = prefix;
    this.#probeName = probeName;
    this.#selfTest = cached(context.policy.now, maxCacheAge, () => this.#probe());
    this.#id = this.#cachedId();
  }

  /** Stores all bytes in the spool, then sends them to S3. */
  async put(key: string, bytes: AsyncIterable<Uint8Array>, checking?: Checking): Promise<StoredFacts> {
    const name = this.#nameOf(key);
    const file = await this.#spool.store(bytes, checking);
    try {
      await uploadObject(this.#context, name, file);
      return file.stored;
    } catch (error) {
      throw error instanceof KeyExists ? error : s3Problem(error);
    } finally {
      await file.close();
    }
  }

  async *read(
    key: string,
    stored: Pick<StoredFacts, 'size' | 'checks'>,
    span: Span,
  ): AsyncGenerator<Uint8Array, void, void> {
    const { bucket, policy } = this.#context;
    const name = this.#nameOf(key);
    try {
      yield* readObject(bucket, policy, name, stored, span);
    } catch (error) {
      throw error instanceof RangeError || error instanceof Problem ? error : unreadable(error);
    }
  }

  async has(key: string): Promise<boolean> {
    const name = this.#nameOf(key);
    for await (const object of this.#objects(name)) if (object.name === name) return true;
    return false;
  }

  async remove(key: string): Promise<void> {
    const name = this.#nameOf(key);
    const policy = { ...this.#context.policy, ...briefRetry };
    await asS3Problem(requestWithRetry(policy, (watch) => deleteObject(this.#bucket, name, watch)));
  }

  /**
   * Cuts one listing, which S3 sorts by name, into shards. Throws if the listing fails or is not sorted: a gift missing
   * from its shard would count as lost.
   */
  async *shards(): AsyncGenerator<Shard> {
    const objects = this.#objects(this.#giftPrefix);
    let { value: object } = await objects.next();
    for (const shard of shardNames) {
      const keys = new Map<string, StoredFile>();
      // `0` is the character after the slash.
      while (object && object.name < `${this.#giftPrefix}${shard}0`) {
        const [folder, key = ''] = object.name.slice(this.#giftPrefix.length).split('/');
        if (isKey(key)) {
          if (folder !== shard) throw s3Problem(new Error('S3 does not list by name'));
          keys.set(key, { storedAt: object.time, size: object.size });
        }
        ({ value: object } = await objects.next());
      }
      yield { shard, keys };
    }
  }

  /** Skips uploads of this process, in case the clocks differ. */
  async sweep(now: number, age: number): Promise<number> {
    const before = now - age;
    let removed = await this.#spool.sweep(before);
    for await (const { name, id, time } of this.#uploads()) {
      if (time >= before || this.#context.inFlight.has(id)) continue;
      if (await this.#request((watch) => abortMultipartUpload(this.#bucket, name, id, watch))) removed += 1;
    }
    for await (const { name, time } of this.#objects(probePrefix(this.#prefix))) {
      if (time >= before) continue;
      await this.#request((watch) => deleteObject(this.#bucket, name, watch));
      removed += 1;
    }
    return removed;
  }

  /** Always sound: the files belong to the server. */
  async integrity(): Promise<readonly string[]> {
    return [];
  }

  async *unknownEntries(): AsyncGenerator<UnknownEntry> {
    for await (const { name, time } of this.#spool.leftovers())
      yield { name: `spool/${name}`, changedAt: time, isUnfinished: true };
    for await (const { name, time } of this.#uploads())
      yield { name: `${name} (parts)`, changedAt: time, isUnfinished: true };
    for await (const { name, time } of this.#objects(this.#prefix)) {
      if (isGiftName(this.#prefix, name) || name === idObjectName(this.#prefix)) continue;
      yield { name, changedAt: time, isUnfinished: name.startsWith(probePrefix(this.#prefix)) };
    }
  }

  /** Free space of the spool; `POOL_MAX_BYTES` limits the bucket. */
  async free(): Promise<number> {
    return this.#spool.free();
  }

  async check(): Promise<void> {
    await this.#selfTest();
  }

  async #probe(): Promise<void> {
    const policy = { ...this.#context.policy, maxAttempts: 1, stallTimeout: 3_000 };
    await asS3Problem(probe({ ...this.#context, policy }, this.#spool, this.#probeName));
  }

  async id(): Promise<string | undefined> {
    return this.#id();
  }

  async setId(id: string): Promise<void> {
    await asS3Problem(writeIdObject(this.#context, this.#spool, this.#prefix, id));
    this.#id = this.#cachedId();
  }

  async unboundFiles(): Promise<never[]> {
    return [];
  }

  async close(): Promise<void> {}

  #cachedId(): () => Promise<string | undefined> {
    const policy = { ...this.#context.policy, ...briefRetry };
    return cached(policy.now, maxCacheAge, () => asS3Problem(readIdObject({ ...this.#context, policy }, this.#prefix)));
  }

  get #giftPrefix(): string {
    return `${this.#prefix}gifts/`;
  }

  #nameOf(key: string): string {
    return giftName(this.#prefix, key);
  }

  #request<T>(work: (watch: StallWatch) => Promise<T>): Promise<T> {
    return asS3Problem(requestWithRetry(this.#context.policy, work));
  }

  async *#objects(prefix: string) {
    let from: string | undefined;
    do {
      const { listed, next } = await this.#request((watch) => listObjects(this.#bucket, prefix, from, watch));
      yield* listed;
      from = next;
    } while (from !== undefined);
  }

  async *#uploads() {
    let from: { name: string; id: string } | undefined;
    do {
      const { listed, next } = await this.#request((watch) =>
        listMultipartUploads(this.#bucket, this.#giftPrefix, from, watch),
      );
      yield* listed;
      from = next;
    } while (from !== undefined);
  }
}

/** Rethrows failures of S3 as `Problem`. */
async function asS3Problem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw s3Problem(error);
  }
}
