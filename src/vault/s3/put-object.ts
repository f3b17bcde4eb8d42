import { randomBytes } from 'node:crypto';
import { KeyExists } from '../keys.ts';
import { isPreconditionFailed, isTransient, isUploadGone } from './errors.ts';
import type { Bucket } from './requests.ts';
import { type RetryPolicy, request, type StallWatch, withStallTimeout } from './retry.ts';
import type { Spooled } from './spool.ts';

/** What an object is made with. */
export interface S3Context {
  readonly bucket: Bucket;
  readonly policy: RetryPolicy;
  /** Whether S3 refuses a name in use when it is asked to (`If-None-Match: *`). */
  readonly refusesUsed: boolean;
  /** More bytes than this go in parts of this size. */
  readonly partSize: number;
  /** The uploads in parts of this process, by id. */
  readonly coming: Set<string>;
}

/** The most parts an object may have. */
const mostParts = 10_000;

/** Keeps what was spooled under a name nobody has used; resolves when S3 has said that it is kept. */
export async function putObject(means: S3Context, name: string, spooled: Spooled): Promise<void> {
  const { bucket, policy } = means;
  const { size } = spooled.stored;
  const mark = randomBytes(16).toString('hex');
  const inParts = size > means.partSize;
  // Many servers that refuse a used name do not look when an upload in parts completes.
  if (inParts || !means.refusesUsed) await assertUnused(means, name);
  try {
    if (inParts) await keepInParts(means, name, spooled, mark);
    else await keepAtOnce(means, name, spooled, mark);
  } catch (error) {
    // A try that was given up may have come through, or may yet: the sweep finds what this does not. The name is random:
    // nobody else's object has it.
    if (isTransient(error)) await tidily(policy, (watch) => bucket.remove(name, watch));
    throw error;
  }
}

/** Clears up after a failure, whose error is the one to tell, and soon: its giver has waited long. */
async function tidily(
  policy: RetryPolicy,
  work: (watch: StallWatch) => Promise<unknown>,
): Promise<void> {
  const silence = Math.min(policy.silence, 2_000);
  await withStallTimeout({ silence }, work).catch(() => {});
}

async function assertUnused(means: S3Context, name: string): Promise<void> {
  const mark = await request(means.policy, (watch) => means.bucket.markOf(name, watch));
  if (mark !== undefined) throw new KeyExists();
}

async function keepAtOnce(means: S3Context, name: string, spooled: Spooled, mark: string) {
  await request(means.policy, async (watch) => {
    const load = await spooled.load({ start: 0, end: spooled.stored.size }, watch);
    try {
      await means.bucket.put(name, load, mark, means.refusesUsed, watch);
    } catch (error) {
      await settle(means, name, mark, error, watch);
    } finally {
      load.body.destroy();
    }
  });
}

/** A used name may be our own work: a try that seemed to fail came through. The mark tells. */
async function settle(
  means: S3Context,
  name: string,
  mark: string,
  error: unknown,
  watch: StallWatch,
) {
  if (!isPreconditionFailed(error) && !isUploadGone(error)) throw error;
  const found = await means.bucket.markOf(name, watch);
  if (found === mark) return;
  throw isPreconditionFailed(error) ? new KeyExists() : error;
}

async function keepInParts(means: S3Context, name: string, spooled: Spooled, mark: string) {
  const { bucket, coming, policy, refusesUsed } = means;
  const id = await request(policy, (watch) => bucket.begin(name, mark, watch));
  coming.add(id);
  try {
    const tags = await sendParts(means, name, id, spooled);
    await request(policy, async (watch) => {
      await bucket
        .complete(name, id, tags, refusesUsed, watch)
        .catch((error) => settle(means, name, mark, error, watch));
    });
  } catch (error) {
    await tidily(policy, (watch) => bucket.giveUp(name, id, watch));
    throw error;
  } finally {
    coming.delete(id);
  }
}

/** One after the other: a gift takes one connection, as its giver does. */
async function sendParts(means: S3Context, name: string, id: string, spooled: Spooled) {
  const { size } = spooled.stored;
  const partSize = Math.max(means.partSize, Math.ceil(size / mostParts));
  const tags: string[] = [];
  for (let start = 0; start < size; start += partSize) {
    const span = { start, end: Math.min(size, start + partSize) };
    const tag = await request(means.policy, async (watch) => {
      const load = await spooled.load(span, watch);
      try {
        return await means.bucket.sendPart(name, id, tags.length + 1, load, watch);
      } finally {
        load.body.destroy();
      }
    });
    tags.push(tag);
  }
  return tags;
}
