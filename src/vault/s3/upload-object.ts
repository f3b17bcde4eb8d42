import { randomBytes } from 'node:crypto';
import { KeyExists } from '../keys.ts';
import type { Bucket } from './client.ts';
import { isPreconditionFailed, isTransient, isUploadGone } from './errors.ts';
import {
  abortMultipartUpload,
  type CreateOptions,
  completeMultipartUpload,
  createMultipartUpload,
  deleteObject,
  headUploadToken,
  putObject,
  uploadPart,
} from './requests.ts';
import { type RetryPolicy, requestWithRetry, type StallWatch, withStallTimeout } from './retry.ts';
import type { SpooledFile } from './spool.ts';

/** A bucket with the policies of its vault. */
export interface S3Context {
  readonly bucket: Bucket;
  readonly policy: RetryPolicy;
  /** True if S3 rejects an existing name with `If-None-Match: *`. */
  readonly supportsIfNoneMatch: boolean;
  /** Larger gifts are sent as a multipart upload with parts of this size. */
  readonly partSize: number;
  /** Ids of the multipart uploads of this process. */
  readonly inFlight: Set<string>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxParts = 10_000;

/**
 * Creates an object under a new name; resolves after S3 has confirmed it. A random upload token in the metadata identifies
 * the object as this upload's (R10). Throws `KeyExists`.
 */
export async function uploadObject(context: S3Context, name: string, file: SpooledFile): Promise<void> {
  const { bucket, policy, supportsIfNoneMatch: ifNoneMatch } = context;
  const isMultipart = file.stored.size > context.partSize;
  const create = { token: randomBytes(16).toString('hex'), ifNoneMatch };
  // Many servers that support If-None-Match ignore it when a multipart upload completes.
  if (isMultipart || !ifNoneMatch) await assertUnused(context, name);
  try {
    if (isMultipart) await sendMultipart(context, name, file, create);
    else await sendWhole(context, name, file, create);
  } catch (error) {
    // A failed attempt may still have succeeded on the server. The name is random, so the object can only be ours.
    if (isTransient(error)) await cleanUp(policy, (watch) => deleteObject(bucket, name, watch));
    throw error;
  }
}

/** Runs `work` once with a short timeout and ignores its failure: the sweep removes what is left. */
async function cleanUp(policy: RetryPolicy, work: (watch: StallWatch) => Promise<unknown>): Promise<void> {
  const stallTimeout = Math.min(policy.stallTimeout, 2_000);
  await withStallTimeout({ stallTimeout }, work).catch(() => {});
}

async function assertUnused({ bucket, policy }: S3Context, name: string): Promise<void> {
  const token = await requestWithRetry(policy, (watch) => headUploadToken(bucket, name, watch));
  if (token !== undefined) throw new KeyExists();
}

async function sendWhole(
  { bucket, policy }: S3Context,
  name: string,
  file: SpooledFile,
  create: CreateOptions,
): Promise<void> {
  const span = { start: 0, end: file.stored.size };
  await requestWithRetry(policy, async (watch) => {
    const upload = await file.open(span, watch);
    try {
      await putObject(bucket, name, upload, create, watch);
    } catch (error) {
      await resolveConflict(bucket, name, create.token, error, watch);
    } finally {
      upload.body.destroy();
    }
  });
}

/** An existing object may come from an earlier attempt that only seemed to fail: its upload token decides. */
async function resolveConflict(
  bucket: Bucket,
  name: string,
  token: string,
  error: unknown,
  watch: StallWatch,
): Promise<void> {
  if (!isPreconditionFailed(error) && !isUploadGone(error)) throw error;
  const found = await headUploadToken(bucket, name, watch);
  if (found === token) return;
  throw isPreconditionFailed(error) ? new KeyExists() : error;
}

async function sendMultipart(
  context: S3Context,
  name: string,
  file: SpooledFile,
  create: CreateOptions,
): Promise<void> {
  const { bucket, inFlight, policy } = context;
  const id = await requestWithRetry(policy, (watch) => createMultipartUpload(bucket, name, create.token, watch));
  inFlight.add(id);
  try {
    const etags = await sendParts(context, name, id, file);
    await requestWithRetry(policy, async (watch) => {
      await completeMultipartUpload(bucket, name, { id, etags }, create, watch).catch((error) =>
        resolveConflict(bucket, name, create.token, error, watch),
      );
    });
  } catch (error) {
    await cleanUp(policy, (watch) => abortMultipartUpload(bucket, name, id, watch));
    throw error;
  } finally {
    inFlight.delete(id);
  }
}

/** Sequential: one gift uses one connection, like its giver. Returns the ETags. */
async function sendParts(
  { bucket, policy, partSize: configured }: S3Context,
  name: string,
  id: string,
  file: SpooledFile,
): Promise<string[]> {
  const { size } = file.stored;
  const partSize = Math.max(configured, Math.ceil(size / maxParts));
  const etags: string[] = [];
  for (let start = 0; start < size; start += partSize) {
    const span = { start, end: Math.min(size, start + partSize) };
    const etag = await requestWithRetry(policy, async (watch) => {
      const upload = await file.open(span, watch);
      try {
        return await uploadPart(bucket, name, { id, number: etags.length + 1 }, upload, watch);
      } finally {
        upload.body.destroy();
      }
    });
    etags.push(etag);
  }
  return etags;
}
