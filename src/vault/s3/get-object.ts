import type { Readable } from 'node:stream';
import { release } from '../../platform/byte-stream.ts';
import { assertWithin, blockStart, damaged } from '../disk/block-reader.ts';
import { verifyBlock } from '../integrity/checksums.ts';
import { blockSize, type Span, type StoredFacts } from '../vault.ts';
import { isMissing, isTooShort, Unfinished } from './errors.ts';
import type { Bucket } from './requests.ts';
import { type RetryPolicy, retry, stallError, withStallTimeout } from './retry.ts';

/**
 * Reads a span of an object through one buffer of a block, which every chunk is a view of, and gives out a block only
 * after its check. What breaks off or falls silent goes on with a new request from the block that is missing; a block
 * that comes wrong is asked for once more, for the way may have damaged it and not the bucket. Asks for nothing before
 * the first chunk, and lets go of S3 after the last, an error, or the consumer's `return`.
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
      let wrong = 0;
      await retry(policy, async () => {
        try {
          source ??= await openSource(bucket, policy, name, { start, end }, size);
          await source.fill(block);
          if (verifyBlock(checks, start / blockSize, block)) return;
          wrong += 1;
          const cause = new Unfinished(`block ${start / blockSize} has changed`);
          throw wrong < 2 ? cause : damaged(cause.message, cause);
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

/** The bytes of one answer, in order. */
interface Source {
  /** Fills a block with the next bytes. Throws when they stop coming. */
  fill(block: Uint8Array): Promise<void>;
  /** After the last byte: leaves the connection to the next request. */
  end(): Promise<void>;
  /** Ends the connection when there is more to come. */
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
    const { body, total } = await withStallTimeout(policy, (watch) =>
      bucket.get(name, span, watch),
    );
    if (total === size) return sourceOf(body, policy);
    body.destroy();
    if (total === undefined) throw new Unfinished('S3 does not say which part it answers');
    throw damaged(`${total} bytes instead of ${size}`);
  } catch (error) {
    // Only the bucket itself may say so: to a server in trouble, or another one, no gift is lost.
    if (isMissing(error)) throw damaged('the object is gone', error);
    if (isTooShort(error)) throw damaged('the object is too short', error);
    throw error;
  }
}

function sourceOf(body: Readable, { silence }: RetryPolicy): Source {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let chunk: Uint8Array = new Uint8Array(0);
  let used = 0;

  /** The silence counts only while somebody waits for bytes: a slow receiver is none of S3's. */
  async function next(): Promise<Uint8Array | undefined> {
    const timer = setTimeout(() => body.destroy(stallError(silence)), silence);
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
        chunk = await more();
        used = 0;
      }
      const part = chunk.subarray(used, used + block.byteLength - at);
      block.set(part, at);
      at += part.byteLength;
      used += part.byteLength;
    }
  }

  async function more(): Promise<Uint8Array> {
    const chunk = await next();
    if (chunk === undefined) throw new Unfinished('S3 ends its answer too early');
    return chunk;
  }

  // An unread error of the body has been told by `fill`, or came after the last byte.
  body.on('error', () => {});
  return {
    fill,
    end: async () => void (await next().catch(() => undefined)),
    close: () => void body.destroy(),
  };
}
