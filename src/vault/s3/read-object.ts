import type { Readable } from 'node:stream';
import { release } from '../../platform/byte-stream.ts';
import { assertWithin, blockStart, damaged } from '../disk/block-reader.ts';
import { verifyBlock } from '../integrity/checksums.ts';
import { blockSize, type Span, type StoredFacts } from '../vault.ts';
import type { Bucket } from './client.ts';
import { isMissing, isTooShort, Unfinished } from './errors.ts';
import { getObject } from './requests.ts';
import { type RetryPolicy, retry, stallError, withStallTimeout } from './retry.ts';

/**
 * Reads a span of an object through one buffer, block by block, and yields a block after verifying it. Retries continue
 * at the missing block; a block with a wrong checksum is requested once more, as it may be damaged in transit.
 */
export async function* readObject(
  bucket: Bucket,
  policy: RetryPolicy,
  name: string,
  stored: Pick<StoredFacts, 'size' | 'checks'>,
  span: Span,
): AsyncGenerator<Uint8Array, void, void> {
  const { size, checks } = stored;
  assertWithin(span, size);
  if (span.start === span.end) return;
  const end = Math.min(size, blockStart(span.end - 1) + blockSize);
  const buffer = Buffer.allocUnsafeSlow(Math.min(blockSize, size));
  let source: Source | undefined;
  try {
    for (let start = blockStart(span.start); start < span.end; start += blockSize) {
      const block = buffer.subarray(0, Math.min(blockSize, size - start));
      let mismatches = 0;
      await retry(policy, async () => {
        try {
          source ??= await openSource(bucket, policy, name, { start, end }, size);
          await source.fill(block);
          if (verifyBlock(checks, start / blockSize, block)) return;
          mismatches += 1;
          const cause = new Unfinished(`block ${start / blockSize} has changed`);
          throw mismatches < 2 ? cause : damaged(cause.message, cause);
        } catch (error) {
          source?.close();
          source = undefined;
          throw error;
        }
      });
      yield block.subarray(Math.max(0, span.start - start), span.end - start);
    }
    await source?.end();
  } finally {
    source?.close();
  }
}

/** The body of one response. */
interface Source {
  /** Fills a block with the next bytes. Throws if they end or stall. */
  fill(block: Uint8Array): Promise<void>;
  /** Reads the end of the body, so that the connection can be reused. */
  end(): Promise<void>;
  /** Closes the connection unless the body has ended. */
  close(): void;
}

async function openSource(
  bucket: Bucket,
  policy: RetryPolicy,
  name: string,
  span: Span,
  size: number,
): Promise<Source> {
  try {
    const { body, total } = await withStallTimeout(policy, (watch) => getObject(bucket, name, span, watch));
    if (total === size) return createSource(body, policy);
    body.destroy();
    if (total === undefined) throw new Unfinished('S3 does not say which part it answers');
    throw damaged(`${total} bytes instead of ${size}`);
  } catch (error) {
    // Only S3's own error codes count: a proxy's 404 must not mark a gift as lost.
    if (isMissing(error)) throw damaged('the object is gone', error);
    if (isTooShort(error)) throw damaged('the object is too short', error);
    throw error;
  }
}

function createSource(body: Readable, { stallTimeout }: RetryPolicy): Source {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let chunk: Uint8Array = new Uint8Array(0);
  let used = 0;

  /** The stall timeout runs only while a block is requested: a slow receiver is not a stall of S3. */
  async function next(): Promise<Uint8Array | undefined> {
    const timer = setTimeout(() => body.destroy(stallError(stallTimeout)), stallTimeout);
    try {
      const { done, value } = await chunks.next();
      return done ? undefined : value;
    } finally {
      clearTimeout(timer);
    }
  }

  async function fill(block: Uint8Array): Promise<void> {
    for (let at = 0; at < block.byteLength; ) {
      if (used === chunk.byteLength) {
        release(chunk);
        chunk = await nextOrThrow();
        used = 0;
      }
      const bytes = chunk.subarray(used, used + block.byteLength - at);
      block.set(bytes, at);
      at += bytes.byteLength;
      used += bytes.byteLength;
    }
  }

  async function nextOrThrow(): Promise<Uint8Array> {
    const chunk = await next();
    if (chunk === undefined) throw new Unfinished('S3 ends its answer too early');
    return chunk;
  }

  // Without a listener an error after the last byte would crash the process; `fill` throws all others.
  body.on('error', () => {});
  return {
    fill,
    end: async () => void (await next().catch(() => undefined)),
    close: () => void body.destroy(),
  };
}
