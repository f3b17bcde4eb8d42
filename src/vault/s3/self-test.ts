import { randomBytes } from 'node:crypto';
import { isPreconditionFailed, isTransient, nameOf } from './errors.ts';
import type { S3Context } from './put-object.ts';
import type { BucketPlace } from './requests.ts';
import { request } from './retry.ts';
import type { Spool } from './spool.ts';

type ProbeMeans = Pick<S3Context, 'bucket' | 'policy'>;

/** The names of probes begin so. */
export const probesOf = (prefix: string) => `${prefix}probes/`;

/** A probe of this process: what a lost answer leaves behind is one object, which the next probe takes over. */
export const newProbe = (prefix: string) => probesOf(prefix) + randomBytes(16).toString('hex');

/** Keeps a few bytes by way of the spool, and removes them. Throws when that fails. */
export async function probe(means: ProbeMeans, spool: Spool, name: string): Promise<void> {
  await put(means, spool, name, false);
  await remove(means, name);
}

/**
 * Learns whether the server refuses a name in use when it is asked to; proves on the way that bytes can be kept. There
 * are three kinds of servers: who refuses (Amazon, Ceph), who says that it does not know how (Swift), and who takes no
 * notice, which only a second object of the same name tells from the first kind.
 */
export async function learnRefusal(
  means: ProbeMeans,
  spool: Spool,
  name: string,
): Promise<boolean> {
  await put(means, spool, name, false);
  try {
    await put(means, spool, name, true);
    return false;
  } catch (error) {
    if (isTransient(error)) throw error;
    return isPreconditionFailed(error);
  } finally {
    await remove(means, name);
  }
}

/** One sentence for the operator whose bucket cannot be used. */
export function describeFailure({ bucket, endpoint }: BucketPlace, error: unknown): string {
  const where = endpoint === undefined ? '' : ` at ${endpoint}`;
  const { message } = error as Error;
  const why = message === 'UnknownError' ? nameOf(error) : `${nameOf(error)}, ${message}`;
  return `the bucket "${bucket}"${where} keeps no bytes (${why.replace(/\.$/, '')})`;
}

async function put({ bucket, policy }: ProbeMeans, spool: Spool, name: string, onlyNew: boolean) {
  const spooled = await spool.take([Buffer.from('Can bytes be kept?\n')]);
  try {
    await request(policy, async (watch) => {
      const load = await spooled.load({ start: 0, end: spooled.stored.size }, watch);
      await bucket.put(name, load, 'probe', onlyNew, watch);
    });
  } finally {
    await spooled.close();
  }
}

const remove = ({ bucket, policy }: ProbeMeans, name: string) =>
  request(policy, (watch) => bucket.remove(name, watch));
