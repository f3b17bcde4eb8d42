/** How a file comes in: as the field `file` of a form, or as the raw body. Bytes are streamed, never collected. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { parse as parseDisposition } from 'content-disposition';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../contract/problems.ts';
import { tooLarge } from '../exchange/give.ts';
import { paced } from './pace.ts';
import type { HttpSettings } from './settings.ts';

export interface Intake {
  readonly name: string;
  readonly declaredType: string | undefined;
  /** Ends when the request was read to its end and was well formed; throws a `Problem` otherwise. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What a form may hold (R14). The one file is counted elsewhere, by its real bytes. */
const formLimits = {
  files: 1,
  fields: 5,
  parts: 8,
  headerPairs: 50,
  fieldNameSize: 200,
  fieldSize: 8 * 1024,
  fileSize: Number.POSITIVE_INFINITY,
};

/** Where a stream stops reading ahead, in bytes. What comes from a socket is up to 64 KiB at a time: one such piece is enough (P9). */
export const readAhead = 16 * 1024;

/** A form's own lines add less than this to its file. */
const formOverhead = 64 * 1024;

/** Reads a form. Throws `form-expected`, `form-broken`, `field-missing`, `no-file-chosen`, `too-many-files`, `too-large`. */
export async function formIntake(request: FastifyRequest, settings: HttpSettings): Promise<Intake> {
  if (!isForm(request)) throw new Problem('form-expected');
  refuseTooLarge(request, settings);
  const { file, name, type, end } = await openForm(request.raw);
  return { name, declaredType: type, bytes: paced(wholeForm(file, end), settings) };
}

/** Reads a form or a raw body, whichever was sent. */
export async function anyIntake(request: FastifyRequest, settings: HttpSettings): Promise<Intake> {
  return isForm(request) ? formIntake(request, settings) : rawIntake(request, settings);
}

function isForm({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');
}

/** Whether a body says by itself that the file in it is too large. */
export function announcesTooMuch(
  request: Pick<IncomingMessage, 'headers'>,
  limit: number,
): boolean {
  const most = isForm(request) ? limit + formOverhead : limit;
  return Number(request.headers['content-length'] ?? 0) > most;
}

function refuseTooLarge(request: FastifyRequest, { MAX_FILE_SIZE }: HttpSettings): void {
  if (announcesTooMuch(request, MAX_FILE_SIZE)) throw tooLarge(MAX_FILE_SIZE);
}

function rawIntake(request: FastifyRequest, settings: HttpSettings): Intake {
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
    bytes: paced(wholeBody(request.raw), settings),
  };
}

function rawName(request: FastifyRequest): string | undefined {
  const asked = (request.query as { name?: unknown }).name;
  if (typeof asked === 'string' && asked !== '') return asked;
  const header = request.headers['content-disposition'];
  return header === undefined ? undefined : parseDisposition(header).parameters.filename;
}

/** The bytes of a body; throws `upload-cut` when it does not come to its end. */
export async function* wholeBody(body: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new Problem('upload-cut', { cause });
  }
  if (!body.complete) throw new Problem('upload-cut');
}

interface OpenForm {
  readonly file: Readable;
  readonly name: string;
  readonly type: string;
  /** Settles when the whole form has been read. */
  readonly end: Promise<void>;
}

/** Reads up to the file; what comes after it is judged at the end. */
function openForm(request: IncomingMessage): Promise<OpenForm> {
  const form = createForm(request);
  const opened = Promise.withResolvers<OpenForm>();
  const ended = Promise.withResolvers<void>();
  let file: Readable | undefined;
  const fail = (problem: Problem) => {
    opened.reject(problem);
    ended.reject(problem);
    request.unpipe(form);
    file?.destroy(problem);
  };
  ended.promise.catch(() => undefined);

  form.on('file', (field, stream, name, _encoding, type) => {
    stream.on('error', () => undefined);
    if (field !== 'file') return fail(new Problem('field-missing'));
    if (!name) return fail(new Problem('no-file-chosen'));
    file = stream;
    opened.resolve({ file: stream, name, type, end: ended.promise });
  });
  form.on('filesLimit', () => fail(new Problem('too-many-files')));
  form.on('fieldsLimit', () => fail(new Problem('form-broken', { reason: 'too-many-fields' })));
  form.on('partsLimit', () => fail(new Problem('form-broken', { reason: 'too-many-fields' })));
  form.on('finish', () => {
    if (file) ended.resolve();
    else fail(new Problem('field-missing'));
  });
  form.on('error', (cause: unknown) =>
    fail(new Problem(request.complete ? 'form-broken' : 'upload-cut', { cause })),
  );
  request.once('error', (cause) => fail(new Problem('upload-cut', { cause })));
  request.once('close', () => {
    if (!request.complete) fail(new Problem('upload-cut'));
  });
  request.pipe(form);
  return opened.promise;
}

function createForm(request: IncomingMessage): BusboyInstance {
  const type = request.headers['content-type'] ?? '';
  const boundary = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(type);
  const length = (boundary?.[1] ?? boundary?.[2] ?? '').length;
  if (length < 1 || length > 70) throw new Problem('form-broken');
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      limits: formLimits,
      highWaterMark: readAhead,
      fileHwm: readAhead,
    });
  } catch (cause) {
    throw new Problem('form-broken', { cause });
  }
}

async function* wholeForm(file: Readable, end: Promise<void>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* file.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    // The parser may tell the file before us that the form has no end.
    await end;
    throw new Problem('form-broken', { cause });
  }
  await end;
}
