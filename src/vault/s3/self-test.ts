import { randomBytes } from 'node:crypto';
import type { BucketPlace } from './client.ts';
import { isPreconditionFailed, isTransient, nameOf } from './errors.ts';
import { deleteObject, putObject } from './requests.ts';
import { requestWithRetry } from './retry.ts';
import type { Spool } from './spool.ts';
import type { S3Context } from './upload-object.ts';

type ProbeContext = Pick<S3Context, 'bucket' | 'policy'>;

/** Prefix of the names of probe objects. */
export const probePrefix = (prefix: string) => `${prefix}probes/`;

/** Name of the probe object of this process. All probes share it, so that lost responses leave at most one object. */
export const newProbeName = (prefix: string) => probePrefix(prefix) + randomBytes(16).toString('hex');

/** Writes a few bytes through the spool and removes them. Throws if that fails. */
export async function probe(context: ProbeContext, spool: Spool, name: string): Promise<void> {
  await put(context, spool, name, false);
  await remove(context, name);
}

/**
 * Tests whether the server honours `If-None-Match: *`, and that it stores bytes. Amazon and Ceph reject an existing name,
 * Swift answers NotImplemented, and others ignore the header: only a second upload distinguishes them.
 */
export async function testIfNoneMatch(context: ProbeContext, spool: Spool, name: string): Promise<boolean> {
  await put(context, spool, name, false);
  try {
    await put(context, spool, name, true);
    return false;
  } catch (error) {
    if (isTransient(error)) throw error;
    return isPreconditionFailed(error);
  } finally {
    await remove(context, name);
  }
}

/** Describes an unusable bucket in one sentence for the operator. */
export function describeFailure({ bucket, endpoint }: BucketPlace, error: unknown): string {
  const where = endpoint === undefined ? '' : ` at ${endpoint}`;
  const { message } = error as Error;
  const reason = message === 'UnknownError' ? nameOf(error) : `${nameOf(error)}, ${message}`;
  return `the bucket "${bucket}"${where} keeps no bytes (${reason.replace(/\.$/, '')})`;
}

async function put({ bucket, policy }: ProbeContext, spool: Spool, name: string, ifNoneMatch: boolean): Promise<void> {
  const file = await spool.store([Buffer.from('Can bytes be kept?\n')]);
  try {
    await requestWithRetry(policy, async (watch) => {
      const upload = await file.open({ start: 0, end: file.stored.size }, watch);
      await putObject(bucket, name, upload, { token: 'probe', ifNoneMatch }, watch);
    });
  } finally {
    await file.close();
  }
}

const remove = ({ bucket, policy }: ProbeContext, name: string) =>
  requestWithRetry(policy, (watch) => deleteObject(bucket, name, watch));
