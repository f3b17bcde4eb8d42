/** Downloads a delivery into the browser's store with range requests: a broken connection resumes at the byte where it stopped. */
import { endsDelivery, type Failure, failureOf, isRetryable } from '../failures.ts';
import type { PartialDownload } from '../state/exchange.ts';
import { browserDigest, type Digest, hashBlob } from './hash-blob.ts';

type Chunk = Uint8Array<ArrayBuffer>;

/** Bytes in memory beyond this become a blob, which browsers move to disk. */
const blobSize = 16 * 1024 ** 2;

export const emptyDownload: PartialDownload = { chunks: [], size: 0 };

interface DownloadSource {
  readonly size: number;
  readonly sha256?: string | undefined;
  /** Requests the bytes from an offset on. */
  open(from: number): Promise<Response>;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly partial?: PartialDownload | undefined;
  /** Reports the number of bytes that have arrived, and whether the connection is down. */
  onProgress(size: number, isDown: boolean): void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Time without a byte after which a connection is dropped, in milliseconds. */
  readonly stallTimeoutMs?: number;
  readonly digest?: Digest | undefined;
}

interface DownloadResult {
  readonly bytes: Blob;
  /** True if the SHA-256 was compared, false if only the size was. */
  readonly isVerified: boolean;
}

/** Thrown for wrong bytes, or a refusal that may pass. `partial` holds the bytes that have arrived. */
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

/** Delays of the retries in milliseconds, and of all later ones; the first one again after each byte that arrives. */
const retryDelaysMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Downloads and verifies the file; a broken connection is tried again until it is back, since only the service ends a delivery.
 * Throws `DownloadError` if the bytes are wrong or refused for now, and `Problem` if the delivery is over.
 */
export async function download(source: DownloadSource, options: DownloadOptions): Promise<DownloadResult> {
  const { signal, onProgress, pause = pauseOrOnline } = options;
  let partial = options.partial ?? emptyDownload;
  let failures = 0;
  while (partial.size < source.size) {
    const before = partial.size;
    try {
      for await (const grown of readChunks(source, partial, options)) {
        partial = grown;
        onProgress(partial.size, false);
      }
      if (partial.size < source.size) throw new TypeError('The answer ended early.');
    } catch (error) {
      const failure = failureOf(error);
      if (signal.aborted || error instanceof DownloadError || endsDelivery(failure)) throw error;
      if (!isRetryable(failure)) throw new DownloadError(partial, failure);
      failures = partial.size > before ? 1 : Math.min(failures + 1, retryDelaysMs.length);
      const wait = retryDelaysMs[failures - 1] ?? 0;
      onProgress(partial.size, true);
      await pause(Math.max(wait, (failure.retryAfter ?? 0) * 1000), signal);
      signal.throwIfAborted();
    }
  }
  return verify(partial, source, options);
}

/** Yields the growing partial download, chunk by chunk, over one connection. */
async function* readChunks(
  source: DownloadSource,
  partial: PartialDownload,
  { signal, stallTimeoutMs = 30_000 }: DownloadOptions,
): AsyncGenerator<PartialDownload> {
  const response = await source.open(partial.size);
  const start = resumesAt(response, partial.size) ? partial : emptyDownload;
  const chunks = [...start.chunks];
  let { size } = start;
  let loose = 0;
  const reader = (response.body as ReadableStream<Chunk>).getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      const { done, value } = await withTimeout(stallTimeoutMs, reader.read());
      signal.throwIfAborted();
      if (done) return;
      chunks.push(value);
      size += value.length;
      loose += value.length;
      if (loose >= blobSize) {
        const first = chunks.findLastIndex((chunk) => chunk instanceof Blob) + 1;
        chunks.push(new Blob(chunks.splice(first)));
        loose = 0;
      }
      if (size > source.size) throw new DownloadError(emptyDownload, { code: 'mismatch' });
      yield { chunks, size };
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** True if the response starts at the offset. A proxy that ignores ranges sends the whole file. */
function resumesAt(response: Response, from: number): boolean {
  return from === 0 || response.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true;
}

async function verify(partial: PartialDownload, { size, sha256 }: DownloadSource, options: DownloadOptions) {
  const digest = 'digest' in options ? options.digest : browserDigest();
  // Never the giver's media type: a blob URL has our origin and must stay inert if it is opened.
  const bytes = new Blob([...partial.chunks], { type: 'application/octet-stream' });
  if (bytes.size !== size) throw new DownloadError(emptyDownload, { code: 'mismatch' });
  if (digest === undefined || sha256 === undefined) return { bytes, isVerified: false };
  // A file that is here must not be lost because the browser cannot read it again.
  const found = await hashBlob(bytes, digest).catch(() => undefined);
  if (found === undefined) return { bytes, isVerified: false };
  if (found !== sha256) throw new DownloadError(emptyDownload, { code: 'mismatch' });
  return { bytes, isVerified: true };
}

async function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TypeError('Nothing moved.')), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Resolves after the time, at the `online` event, or at the signal, whichever is first. */
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
