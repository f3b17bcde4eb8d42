/** How a file comes in: as the field `file` of a form, or as the raw body. Bytes are streamed, never collected. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import { tooLarge } from '../../exchange/give.ts';
import { type Chunks, chunksFrom, release } from '../../platform/byte-stream.ts';
import type { HttpSettings } from '../context.ts';
import { parseHeader } from './header-parameters.ts';
import { enforceMinimumSpeed } from './minimum-speed.ts';
import { boundaryOf, maxFormOverhead, openMultipart } from './multipart.ts';

interface UploadSource {
  readonly name: string;
  readonly declaredType: string | undefined;
  /** Ends when the request was read to its end and was well formed; throws a `Problem` otherwise. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The high-water mark of request bodies, in bytes. A socket gives up to 64 KiB at a time, and one such chunk is enough (P9). */
export const uploadHighWaterMark = 16 * 1024;

/** Reads a form. Throws `encoding-unknown`, `form-expected`, `form-broken`, `field-missing`, `no-file-chosen`, `too-many-files`, `too-large`. */
export async function parseFormUpload(request: FastifyRequest, settings: HttpSettings): Promise<UploadSource> {
  refuseEncoded(request);
  if (!isForm(request)) throw new Problem('form-expected');
  refuseTooLarge(request, settings);
  const boundary = boundaryOf(request.headers['content-type'] ?? '');
  const { name, type, bytes } = await openMultipart(enforceMinimumSpeed(wholeBody(request.raw), settings), boundary);
  return { name, declaredType: type, bytes };
}

/** Reads a form or a raw body, whichever was sent. */
export async function parseUpload(request: FastifyRequest, settings: HttpSettings): Promise<UploadSource> {
  return isForm(request) ? parseFormUpload(request, settings) : rawIntake(request, settings);
}

function isForm({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');
}

/** Whether a body says by itself that the file in it is too large. */
export function declaresTooLarge(request: Pick<IncomingMessage, 'headers'>, limit: number): boolean {
  const most = isForm(request) ? limit + maxFormOverhead : limit;
  return Number(request.headers['content-length'] ?? 0) > most;
}

function refuseTooLarge(request: FastifyRequest, { MAX_FILE_SIZE }: HttpSettings): void {
  if (declaresTooLarge(request, MAX_FILE_SIZE)) throw tooLarge(MAX_FILE_SIZE);
}

/** A compressed body would arrive as another file than the one that was given. */
function refuseEncoded({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']?.trim() ?? '';
  if (!/^(?:identity)?$/i.test(encoding)) throw new Problem('encoding-unknown');
}

function rawIntake(request: FastifyRequest, settings: HttpSettings): UploadSource {
  refuseEncoded(request);
  refuseTooLarge(request, settings);
  const type = request.headers['content-type'];
  const name = rawName(request);
  // An HTML form that forgot its enctype would arrive here as a "file" of field names.
  if (name === undefined && /^application\/x-www-form-urlencoded\b/i.test(type ?? '')) {
    throw new Problem('form-expected');
  }
  return {
    name: name ?? 'file',
    declaredType: type,
    bytes: enforceMinimumSpeed(wholeBody(request.raw), settings),
  };
}

function rawName(request: FastifyRequest): string | undefined {
  const nameParameter = (request.query as { name?: unknown }).name;
  if (typeof nameParameter === 'string' && nameParameter !== '') return nameParameter;
  const header = request.headers['content-disposition'];
  return header === undefined ? undefined : parseHeader(header).parameters.get('filename');
}

/** The bytes of a body. A chunk is valid until the next one is requested. Throws `upload-cut` when the body is incomplete. */
export function wholeBody(body: IncomingMessage): Chunks {
  const source: AsyncIterator<Uint8Array> = body.iterator({ destroyOnReturn: false });
  let last: Uint8Array | undefined;
  const find = async () => {
    if (last) release(last);
    last = undefined;
    const { value, done } = await source.next().catch((cause: unknown) => {
      throw new Problem('upload-cut', { cause });
    });
    if (done && !body.complete) throw new Problem('upload-cut');
    last = done ? undefined : value;
    return last;
  };
  return chunksFrom(find, async () => source.return?.());
}
