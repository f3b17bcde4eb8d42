/** Uploads and downloads of any size that buffer one chunk each, and can wait half way. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';

/** Waits until every transfer is half way. */
type Barrier = () => Promise<void>;

export const mebibyte = 1024 * 1024;

/** Random bytes of no known type, the same in every run: the file's name decides its type. */
const noise = Buffer.from(Uint8Array.from({ length: mebibyte }, (_, i) => (i * 7919 + (i >> 8)) & 255));
const chunkSize = 64 * 1024;

export interface Upload {
  readonly url: string;
  readonly agent: Agent;
  /** As a form, as a raw body with a length, or as a chunked raw body. */
  readonly as: 'form' | 'raw' | 'chunked';
  readonly size: number;
  /** Makes these bytes differ from those of other uploads. */
  readonly mark: number;
  readonly midway?: Barrier;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Gives a file of this size for a ticket. */
export async function upload(what: Upload): Promise<Answer> {
  const { head, tail, headers } = envelope(what);
  const sending = request(`${what.url}/api/exchange?name=${what.mark}.zip`, {
    method: 'POST',
    agent: what.agent,
    headers: { accept: 'application/json', ...headers },
  });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  // A failed upload also rejects the wait for `drain`; this promise is awaited at the end.
  answered.catch(() => undefined);
  if (head) sending.write(head);
  let held = false;
  for await (const chunk of chunks(what.size, what.mark)) {
    if (!held && what.midway && chunk.at >= what.size / 2) {
      held = true;
      await what.midway();
    }
    if (!sending.write(chunk.bytes)) await once(sending, 'drain');
  }
  sending.end(tail);
  const [response] = await answered;
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode ?? 0, body };
}

const boundary = 'rfx-boundary-0123456789';

function envelope({ as, size, mark }: Upload) {
  if (as === 'chunked') return { headers: {} };
  if (as === 'raw') return { headers: { 'content-length': size } };
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${mark}.zip"\r\ncontent-type: application/zip\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  return {
    head,
    tail,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': head.length + size + tail.length,
    },
  };
}

/** The bytes of a file; `mark` is in the first eight. */
function* chunks(size: number, mark: number) {
  for (let at = 0; at < size; at += chunkSize) {
    const from = at % noise.length;
    const bytes = noise.subarray(from, from + Math.min(chunkSize, size - at));
    yield { at, bytes: at === 0 ? marked(bytes, mark) : bytes };
  }
}

function marked(bytes: Buffer, mark: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length >= 8) copy.writeDoubleLE(mark, 0);
  return copy;
}

interface Download {
  readonly url: string;
  readonly agent: Agent;
  readonly ticket: string;
  readonly size: number;
  readonly midway?: Barrier;
}

/** Draws with a ticket and fetches the gift. Resolves with the number of bytes received. */
export async function download(what: Download): Promise<number> {
  const asking = request(`${what.url}/api/download`, {
    agent: what.agent,
    headers: { authorization: `Bearer ${what.ticket}` },
  }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`drawing answered ${response.statusCode}`);
  let came = 0;
  let held = false;
  for await (const chunk of response) {
    came += (chunk as Buffer).length;
    if (held || !what.midway || came < what.size / 2) continue;
    held = true;
    await what.midway();
  }
  return came;
}

/** A barrier: releases `count` callers when the last of them arrives. */
export function createBarrier(count: number): Barrier {
  const { promise, resolve } = Promise.withResolvers<void>();
  let there = 0;
  return () => {
    there += 1;
    if (there === count) resolve();
    return promise;
  };
}

/**
 * Starts an upload and resolves when its first half is sent. The result sends the second half and resolves with the
 * status.
 */
export async function startSlowGift(url: string): Promise<() => Promise<number | undefined>> {
  const gift = request(`${url}/api/exchange?name=slow.txt`, {
    method: 'POST',
    // A connection of its own, which stays open afterwards.
    agent: new Agent({ keepAlive: true }),
    headers: { accept: 'application/json', expect: '100-continue' },
  });
  const answered = once(gift, 'response');
  // A test that has already failed no longer awaits it.
  answered.catch(() => undefined);
  gift.flushHeaders();
  await once(gift, 'continue');
  gift.write('first half, ');
  return async () => {
    gift.end('second half');
    const [answer] = (await answered) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
}
