/** The id of a vault in a bucket: an object beside the gifts. */
import { maxIdLength } from '../vault-id.ts';
import { isMissing } from './errors.ts';
import type { S3Context } from './put-object.ts';
import { request } from './retry.ts';
import type { Spool } from './spool.ts';

/** What the object is called. */
export const idObjectName = (prefix: string): string => `${prefix}id`;

/** Reads it; undefined when a bucket that is there has none. */
export async function readIdObject(
  { bucket, policy }: Pick<S3Context, 'bucket' | 'policy'>,
  prefix: string,
): Promise<string | undefined> {
  return request(policy, async (watch) => {
    try {
      const { body } = await bucket.get(
        idObjectName(prefix),
        { start: 0, end: maxIdLength },
        watch,
      );
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part);
      return Buffer.concat(parts).toString('utf8').trim();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** Writes it in place of what was there before; S3 has it when this resolves. */
export async function writeIdObject(
  { bucket, policy }: Pick<S3Context, 'bucket' | 'policy'>,
  spool: Spool,
  prefix: string,
  id: string,
): Promise<void> {
  const spooled = await spool.take([Buffer.from(id)]);
  try {
    await request(policy, async (watch) => {
      const load = await spooled.load({ start: 0, end: spooled.stored.size }, watch);
      await bucket.put(idObjectName(prefix), load, 'id', false, watch);
    });
  } finally {
    await spooled.close();
  }
}
