import { describe, expect, it } from 'vitest';
import { Problem } from '../../contract/problems/problem.ts';
import type { PartialDownload } from '../state/exchange.ts';
import { DownloadError, type DownloadOptions, download } from './download.ts';

const content = new TextEncoder().encode('A stranger wrote this, once, for you.');
const sha256 = '5ebd0167581a57bd85714c9ac4b54255a83ab75854059b2c9ce8d25d2efed3b3';

type Answer = (from: number) => Response;

/** A response from a byte on that ends or breaks after a number of bytes. */
function sending(after = Number.POSITIVE_INFINITY, breaks = false, bytes = content): Answer {
  return (from) => {
    const rest = bytes.slice(from, from + after);
    let isSent = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (!isSent && rest.length > 0) controller.enqueue(rest);
        else if (breaks) controller.error(new TypeError('network error'));
        else controller.close();
        isSent = true;
      },
    });
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    return new Response(body, { headers: from > 0 ? { 'content-range': range } : {} });
  };
}

const whole = sending();
const cut = sending(5, true);
const down: Answer = () => {
  throw new TypeError('Failed to fetch');
};
const refusing =
  (...problem: ConstructorParameters<typeof Problem>): Answer =>
  () => {
    throw new Problem(...problem);
  };

/** Downloads over a scripted connection, and records the requested offsets. */
async function fetchFrom(answers: Answer[], options: Partial<DownloadOptions> = {}, sha = sha256) {
  const asked: number[] = [];
  const waited: number[] = [];
  const downs: number[] = [];
  const open = async (from: number) => {
    asked.push(from);
    const answer = answers[asked.length - 1] ?? down;
    return answer(from);
  };
  const result = download(
    { size: content.length, sha256: sha, open },
    {
      signal: new AbortController().signal,
      onProgress: (size, isDown) => void (isDown && downs.push(size)),
      pause: async (milliseconds) => void waited.push(milliseconds),
      ...options,
    },
  );
  return { asked, waited, downs, result: await result.catch((error: unknown) => error) };
}

const textOf = (result: unknown) => (result as { bytes: Blob }).bytes.text();

describe('a download', () => {
  it('arrives complete and verified', async () => {
    const { result, asked } = await fetchFrom([whole]);
    expect(await textOf(result)).toBe('A stranger wrote this, once, for you.');
    expect(result).toMatchObject({ isVerified: true });
    expect(asked).toEqual([0]);
  });

  it('has an inert type, never the one that the giver declared', async () => {
    const { result } = await fetchFrom([whole]);
    expect((result as { bytes: Blob }).bytes.type).toBe('application/octet-stream');
  });

  it('resumes at the byte where the connection broke, and reports the outage meanwhile', async () => {
    const { result, asked, downs } = await fetchFrom([cut, cut, whole]);
    expect(await textOf(result)).toBe('A stranger wrote this, once, for you.');
    expect(asked).toEqual([0, 5, 10]);
    expect(downs).toEqual([5, 10]);
  });

  it('resumes after a response that ended early without an error', async () => {
    const { result, asked } = await fetchFrom([sending(7), whole]);
    expect(result).toMatchObject({ isVerified: true });
    expect(asked).toEqual([0, 7]);
  });

  it('starts again when a range request is answered with the whole file', async () => {
    const deaf: Answer = () => whole(0);
    const { result } = await fetchFrom([cut, deaf]);
    expect(await textOf(result)).toBe('A stranger wrote this, once, for you.');
  });

  it('waits longer after each attempt without a byte, and goes on by itself for as long as it takes', async () => {
    const outage = Array.from({ length: 200 }, () => down);
    const { result, waited } = await fetchFrom([cut, ...outage, whole]);
    expect(waited.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    expect(waited).toHaveLength(201);
    expect(result).toMatchObject({ isVerified: true });
  });

  it('keeps its bytes when something in between refuses it', async () => {
    const refused = refusing('unexpected', { status: 403 });
    const { result } = await fetchFrom([cut, refused, whole]);
    expect(result).toBeInstanceOf(DownloadError);
    expect(result).toMatchObject({ failure: { code: 'refused-between' }, partial: { size: 5 } });
  });

  it.each([401, 404, 410, 451])('is not over because a proxy answers %i', async (status) => {
    const { result } = await fetchFrom([cut, refusing('unexpected', { status }), whole]);
    expect(result).toBeInstanceOf(DownloadError);
  });

  it('resumes later from the partial download', async () => {
    const partial: PartialDownload = { chunks: [content.slice(0, 9)], size: 9 };
    const { result, asked } = await fetchFrom([whole], { partial });
    expect(asked).toEqual([9]);
    expect(result).toMatchObject({ isVerified: true });
  });

  it('sends no request if all bytes are here', async () => {
    const partial: PartialDownload = { chunks: [content.slice()], size: content.length };
    const { result, asked } = await fetchFrom([], { partial });
    expect(asked).toEqual([]);
    expect(result).toMatchObject({ isVerified: true });
  });

  it('drops a connection that stalls', async () => {
    const silent: Answer = () => new Response(new ReadableStream());
    const { result, asked } = await fetchFrom([silent, whole], { stallTimeoutMs: 10 });
    expect(result).toMatchObject({ isVerified: true });
    expect(asked).toEqual([0, 0]);
  });

  it('waits as long as the service asks when it is busy', async () => {
    const busy = refusing('too-many-requests', { retryAfter: 9 });
    const { result, waited } = await fetchFrom([busy, whole]);
    expect(waited).toEqual([9000]);
    expect(result).toMatchObject({ isVerified: true });
  });

  it.each(['delivery-over', 'gift-damaged', 'delivery-unknown'] as const)('does not retry after %s', async (code) => {
    const { result, asked } = await fetchFrom([cut, refusing(code), whole]);
    expect(result).toMatchObject({ code });
    expect(asked).toEqual([0, 5]);
  });

  it('discards bytes with another SHA-256', async () => {
    const { result } = await fetchFrom([whole], {}, 'f'.repeat(64));
    expect(result).toMatchObject({ failure: { code: 'mismatch' }, partial: { size: 0 } });
  });

  it('discards a file that is too long', async () => {
    const longer = sending(undefined, false, new TextEncoder().encode('x'.repeat(99)));
    const { result } = await fetchFrom([longer]);
    expect(result).toMatchObject({ failure: { code: 'mismatch' }, partial: { size: 0 } });
  });

  it('compares only the size if the browser has no SHA-256', async () => {
    const { result } = await fetchFrom([whole], { digest: undefined });
    expect(result).toMatchObject({ isVerified: false });
  });

  it('stops at the signal', async () => {
    const controller = new AbortController();
    const { result, asked } = await fetchFrom([cut, whole], {
      signal: controller.signal,
      pause: async () => controller.abort(),
    });
    expect(result).toMatchObject({ name: 'AbortError' });
    expect(asked).toEqual([0]);
  });
});
