/** The id of a vault in a bucket, stored as an object beside the gifts. */
import { maxIdLength } from '../vault.ts';
import { isMissing } from './errors.ts';
import { getObject, putObject } from './requests.ts';
import { requestWithRetry } from './retry.ts';
import type { Spool } from './spool.ts';
import type { S3Context } from './upload-object.ts';

export const idObjectName = (prefix: string): string => `${prefix}id`;

/** Undefined if an existing bucket has no id. */
export async function readIdObject(
  { bucket, policy }: Pick<S3Context, 'bucket' | 'policy'>,
  prefix: string,
): Promise<string | undefined> {
  return requestWithRetry(policy, async (watch) => {
    try {
      const { body } = await getObject(bucket, idObjectName(prefix), { start: 0, end: maxIdLength }, watch);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8').trim();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** Replaces the id; resolves after S3 has confirmed it. */
export async function writeIdObject(
  { bucket, policy }: Pick<S3Context, 'bucket' | 'policy'>,
  spool: Spool,
  prefix: string,
  id: string,
): Promise<void> {
  const file = await spool.store([Buffer.from(id)]);
  try {
    await requestWithRetry(policy, async (watch) => {
      const upload = await file.open({ start: 0, end: file.stored.size }, watch);
      const create = { token: 'id', ifNoneMatch: false };
      await putObject(bucket, idObjectName(prefix), upload, create, watch);
    });
  } finally {
    await file.close();
  }
}
