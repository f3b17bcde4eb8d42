import { Problem } from '../../contract/problems/problem.ts';
import { cached } from '../../platform/cached.ts';
import { unreadable } from '../disk/block-reader.ts';
import { shardNames } from '../disk/folders.ts';
import { type DiskOperations, nodeOperations } from '../disk/fs-operations.ts';
import { giftName, isGiftName, isKey, KeyExists } from '../keys.ts';
import type {
  ExistingVault,
  Shard,
  Span,
  StoredFacts,
  StoredFile,
  UnknownEntry,
  Vault,
} from '../vault.ts';
import { s3Problem } from './errors.ts';
import { readObject } from './get-object.ts';
import { idObjectName, readIdObject, writeIdObject } from './id-object.ts';
import { putObject, type S3Context } from './put-object.ts';
import { type Bucket, type BucketPlace, openBucket } from './requests.ts';
import { defaultRetryPolicy, request, type StallWatch } from './retry.ts';
import { describeFailure, learnRefusal, newProbe, probe, probesOf } from './self-test.ts';
import { findSpool, openSpool, type Spool } from './spool.ts';

export interface S3Place extends BucketPlace {
  /** What the names of all objects begin with; may be empty. */
  readonly prefix: string;
  /** A local folder for gifts on their way in. */
  readonly spool: string;
}

/** What a test may choose otherwise. */
export interface S3Choices extends Partial<Pick<S3Context, 'policy' | 'partSize'>> {
  readonly disk?: Partial<DiskOperations>;
}

/** Gifts above this size go in parts of it, so that a try that fails costs no more than that. */
const partSize = 64 * 1024 * 1024;

/** The sweep asks again for what could not be removed, so that once more is enough here. */
const haste = { attempts: 2, silence: 5_000 };

/** How long it is good to know, in ms, that bytes can be kept and whose vault it is: many may ask for it. */
const proofAge = 2_000;

/**
 * Opens the vault in a bucket, which must be there:
 *
 *     <prefix>gifts/<two hex digits>/<key>   kept
 *     <prefix>probes/<random>                proof that bytes can be kept
 *     <prefix>id                             whose vault it is
 *
 * Throws a sentence when bytes cannot be kept there.
 */
export async function openS3Vault(place: S3Place, choices: S3Choices = {}): Promise<Vault> {
  const spool = await openSpool({ ...nodeOperations, ...choices.disk }, place.spool);
  const bucket = await openBucket(place);
  const means = {
    bucket,
    policy: defaultRetryPolicy,
    partSize,
    coming: new Set<string>(),
    ...choices,
  };
  const probeName = newProbe(place.prefix);
  const refusesUsed = await learnRefusal(means, spool, probeName).catch((error) => {
    throw new Error(describeFailure(place, error), { cause: error });
  });
  return new S3Vault({ ...means, refusesUsed }, spool, place.prefix, probeName);
}

/** The vault in a bucket, to be looked through; nothing is proved, and so nothing kept. */
export async function findS3Vault(place: S3Place, choices: S3Choices = {}): Promise<ExistingVault> {
  const spool = findSpool({ ...nodeOperations, ...choices.disk }, place.spool);
  const bucket = await openBucket(place);
  const coming = new Set<string>();
  const means = {
    bucket,
    policy: defaultRetryPolicy,
    partSize,
    coming,
    refusesUsed: false,
    ...choices,
  };
  return new S3Vault(means, spool, place.prefix, newProbe(place.prefix));
}

/** A class, for it guards two things: which uploads are under way, and what was last proved. */
class S3Vault implements ExistingVault {
  readonly #means: S3Context;
  readonly #bucket: Bucket;
  readonly #spool: Spool;
  readonly #prefix: string;
  readonly #probe: string;
  readonly #proof: () => Promise<void>;
  #named: () => Promise<string | undefined>;

  constructor(means: S3Context, spool: Spool, prefix: string, probe: string) {
    this.#means = means;
    this.#bucket = means.bucket;
    this.#spool = spool;
    this.#prefix = prefix;
    this.#probe = probe;
    this.#proof = cached(means.policy.now, proofAge, () => this.#prove());
    this.#named = this.#rememberId();
  }

  /** All bytes come to the spool first; S3 takes them from there, and has them when it says so. */
  async put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredFacts> {
    const name = this.#nameOf(key);
    const spooled = await this.#spool.take(bytes);
    try {
      await putObject(this.#means, name, spooled);
      return spooled.stored;
    } catch (error) {
      throw error instanceof KeyExists ? error : s3Problem(error);
    } finally {
      await spooled.close();
    }
  }

  async *read(
    key: string,
    stored: Pick<StoredFacts, 'size' | 'checks'>,
    span: Span,
  ): AsyncGenerator<Uint8Array, void, void> {
    const { bucket, policy } = this.#means;
    const name = this.#nameOf(key);
    try {
      yield* readObject(bucket, policy, name, stored, span);
    } catch (error) {
      throw error instanceof RangeError || error instanceof Problem ? error : unreadable(error);
    }
  }

  async remove(key: string): Promise<void> {
    const name = this.#nameOf(key);
    const policy = { ...this.#means.policy, ...haste };
    await onS3(request(policy, (watch) => this.#bucket.remove(name, watch)));
  }

  /**
   * One listing of all, cut into shards: S3 lists by name, and a page holds a thousand of them. One that fails, or does
   * not keep to that order, is an error and not an empty shard: nobody shall take its gifts for lost.
   */
  async *shards(): AsyncGenerator<Shard> {
    const objects = this.#objects(this.#gifts);
    let { value: object } = await objects.next();
    for (const shard of shardNames) {
      const keys = new Map<string, StoredFile>();
      // The names of a shard begin with its folder's, and 0 comes next after the slash.
      while (object && object.name < `${this.#gifts}${shard}0`) {
        const [folder, key = ''] = object.name.slice(this.#gifts.length).split('/');
        if (isKey(key)) {
          if (folder !== shard) throw s3Problem(new Error('S3 does not list by name'));
          keys.set(key, { keptAt: object.time, size: object.size });
        }
        ({ value: object } = await objects.next());
      }
      yield { shard, keys };
    }
  }

  /** Leaves alone what this process is sending, however the clocks may differ. */
  async sweep(now: number, age: number): Promise<number> {
    const before = now - age;
    let removed = await this.#spool.sweep(before);
    for await (const { name, id, time } of this.#uploads()) {
      if (time >= before || this.#means.coming.has(id)) continue;
      if (await this.#ask((watch) => this.#bucket.giveUp(name, id, watch))) removed += 1;
    }
    for await (const { name, time } of this.#objects(probesOf(this.#prefix))) {
      if (time >= before) continue;
      await this.#ask((watch) => this.#bucket.remove(name, watch));
      removed += 1;
    }
    return removed;
  }

  /** The server's own files are the server's. */
  async integrity(): Promise<readonly string[]> {
    return [];
  }

  async *oddments(): AsyncGenerator<UnknownEntry> {
    for await (const { name, time } of this.#spool.left())
      yield { name: `spool/${name}`, changedAt: time, isUnfinished: true };
    for await (const { name, time } of this.#uploads())
      yield { name: `${name} (parts)`, changedAt: time, isUnfinished: true };
    // `id` says whose vault it is.
    for await (const { name, time } of this.#objects(this.#prefix)) {
      if (isGiftName(this.#prefix, name) || name === idObjectName(this.#prefix)) continue;
      yield { name, changedAt: time, isUnfinished: name.startsWith(probesOf(this.#prefix)) };
    }
  }

  /** Of the spool: what a bucket may hold is for `POOL_MAX_BYTES` to say. */
  async free(): Promise<number> {
    return this.#spool.free();
  }

  async check(): Promise<void> {
    await this.#proof();
  }

  async #prove(): Promise<void> {
    const policy = { ...this.#means.policy, attempts: 1, silence: 3_000 };
    await onS3(probe({ ...this.#means, policy }, this.#spool, this.#probe));
  }

  async id(): Promise<string | undefined> {
    return this.#named();
  }

  async setId(id: string): Promise<void> {
    await onS3(writeIdObject(this.#means, this.#spool, this.#prefix, id));
    this.#named = this.#rememberId();
  }

  async close(): Promise<void> {}

  #rememberId(): () => Promise<string | undefined> {
    const policy = { ...this.#means.policy, ...haste };
    return cached(policy.now, proofAge, () =>
      onS3(readIdObject({ ...this.#means, policy }, this.#prefix)),
    );
  }

  get #gifts(): string {
    return `${this.#prefix}gifts/`;
  }

  #nameOf(key: string): string {
    return giftName(this.#prefix, key);
  }

  #ask<T>(work: (watch: StallWatch) => Promise<T>): Promise<T> {
    return onS3(request(this.#means.policy, work));
  }

  async *#objects(prefix: string) {
    let from: string | undefined;
    do {
      const { listed, next } = await this.#ask((watch) => this.#bucket.list(prefix, from, watch));
      yield* listed;
      from = next;
    } while (from !== undefined);
  }

  async *#uploads() {
    let from: { name: string; id: string } | undefined;
    do {
      const { listed, next } = await this.#ask((watch) =>
        this.#bucket.uploads(this.#gifts, from, watch),
      );
      yield* listed;
      from = next;
    } while (from !== undefined);
  }
}

/** Waits for S3; throws its failure as a `Problem`. */
async function onS3<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw s3Problem(error);
  }
}
