/** A delivery on its way into memory: what has arrived is kept, and a broken connection is carried on where it stopped. */
import { type Failure, failureOf, isRetryable } from '../failures.ts';
import type { PartialDownload } from '../state/exchange.ts';

type Chunk = Uint8Array<ArrayBuffer>;

export const emptyDownload: PartialDownload = { chunks: [], size: 0 };

export interface DownloadSource {
  readonly size: number;
  readonly sha256?: string | undefined;
  /** Asks for the bytes from a given one on. */
  open(from: number): Promise<Response>;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly partial?: PartialDownload | undefined;
  /** Calls back with how many bytes are here, and whether the line is down just now. */
  onProgress(size: number, isDown: boolean): void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** A connection on which nothing moves this long is given up, in milliseconds. */
  readonly stallTimeoutMs?: number;
  readonly digest?: ((bytes: ArrayBuffer) => Promise<ArrayBuffer>) | undefined;
}

export interface DownloadResult {
  readonly bytes: Blob;
  /** Whether the bytes were compared with their SHA-256, not only counted. */
  readonly isVerified: boolean;
}

/** Trying again by itself did not help; `part` is what is here. */
export class DownloadError extends Error {
  override readonly name = 'Broken';
  readonly partial: PartialDownload;
  readonly failure: Failure;
  constructor(partial: PartialDownload, failure: Failure) {
    super(failure.code);
    this.partial = partial;
    this.failure = failure;
  }
}

/** How long to wait before trying again, each time without a byte in between, in milliseconds. */
const pauses = [500, 1_000, 2_000, 4_000, 8_000];

/**
 * Fetches all of it, and checks it. Throws `Broken` when the line stays down or the bytes are wrong, and the service's
 * `Problem` when there is nothing more to fetch.
 */
export async function download(
  source: DownloadSource,
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { signal, onProgress, pause = pauseOrOnline } = options;
  let partial = options.partial ?? emptyDownload;
  let failures = 0;
  while (partial.size < source.size) {
    const before = partial.size;
    try {
      for await (const grown of arriving(source, partial, options)) {
        partial = grown;
        onProgress(partial.size, false);
      }
      if (partial.size < source.size) throw new TypeError('The answer ended early.');
    } catch (error) {
      const failure = failureOf(error);
      if (signal.aborted || error instanceof DownloadError || !isRetryable(failure)) throw error;
      failures = partial.size > before ? 1 : failures + 1;
      const wait = pauses[failures - 1];
      if (wait === undefined) throw new DownloadError(partial, failure);
      onProgress(partial.size, true);
      await pause(Math.max(wait, (failure.retryAfter ?? 0) * 1000), signal);
      signal.throwIfAborted();
    }
  }
  return verify(partial, source, options);
}

/** The part as it grows, chunk by chunk, over one connection. */
async function* arriving(
  source: DownloadSource,
  partial: PartialDownload,
  { signal, stallTimeoutMs = 30_000 }: DownloadOptions,
): AsyncGenerator<PartialDownload> {
  const answer = await source.open(partial.size);
  const start = startsAt(answer, partial.size) ? partial : emptyDownload;
  const chunks = [...start.chunks];
  let { size } = start;
  const reader = (answer.body as ReadableStream<Chunk>).getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      const { done, value } = await within(stallTimeoutMs, reader.read());
      signal.throwIfAborted();
      if (done) return;
      chunks.push(value);
      size += value.length;
      if (size > source.size) throw new DownloadError(emptyDownload, { code: 'mismatch' });
      yield { chunks, size };
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Something between us and the service may not know ranges and send all of it. */
function startsAt(answer: Response, from: number): boolean {
  return from === 0 || answer.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true;
}

async function verify(
  partial: PartialDownload,
  { size, sha256 }: DownloadSource,
  options: DownloadOptions,
) {
  const digest = 'digest' in options ? options.digest : browserDigest();
  // Never the type that its giver claims: a blob has our own origin, and must stay inert if somebody opens it.
  const bytes = new Blob([...partial.chunks], { type: 'application/octet-stream' });
  if (bytes.size !== size) throw new DownloadError(emptyDownload, { code: 'mismatch' });
  if (digest === undefined || sha256 === undefined) return { bytes, isVerified: false };
  const found = toHex(await digest(await bytes.arrayBuffer()));
  if (found !== sha256) throw new DownloadError(emptyDownload, { code: 'mismatch' });
  return { bytes, isVerified: true };
}

/** Browsers have it in secure contexts only: https, or localhost. */
export function browserDigest(): DownloadOptions['digest'] {
  const { subtle } = globalThis.crypto ?? {};
  return subtle && ((bytes) => subtle.digest('SHA-256', bytes));
}

export const toHex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TypeError('Nothing moved.')), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Waits, but not longer than until the browser is online again or the signal comes. */
export function pauseOrOnline(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    globalThis.addEventListener?.('online', end);
    signal.addEventListener('abort', end);
  });
}
