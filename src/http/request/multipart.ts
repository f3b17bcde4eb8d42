/**
 * Forms as browsers and curl send them: multipart/form-data (RFC 7578; RFC 2046, section 5.1), of which the field `file` is
 * wanted. The parser looks for the boundary in place and passes the bytes on without a copy.
 */
import { Problem } from '../../contract/problems/problem.ts';
import { type Chunks, chunksFrom } from '../../platform/byte-stream.ts';
import { headerValue, parseHeader } from './header-parameters.ts';

/** The limits of a form (R14). The size of its file is limited elsewhere, by its real bytes. */
const most = { fields: 5, parts: 8, headers: 50, headerBytes: 16 * 1024 };

/** Everything in a form but its file is less than this, in bytes. */
export const maxFormOverhead = 64 * 1024;

/** The file of a form. Its bytes end when the whole form was read and found well formed; they throw a `Problem` otherwise. */
interface MultipartFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Chunks;
}

/** The boundary that a content type names; throws `form-broken` when there is none. */
export function boundaryOf(contentType: string): string {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare ?? '';
  if (boundary.length < 1 || boundary.length > 70) throw new Problem('form-broken');
  return boundary;
}

/**
 * Reads a form up to its file; what comes after it is judged at the end of its bytes. Throws `form-broken`, `field-missing`,
 * `no-file-chosen`, `too-many-files`, and what the body throws.
 */
export async function openMultipart(body: AsyncIterable<Uint8Array>, boundary: string): Promise<MultipartFile> {
  const source = body[Symbol.asyncIterator]();
  try {
    const parts = readParts(source, boundary);
    const file = await nextFile(parts);
    if (file?.field !== 'file') throw new Problem('field-missing');
    if (!file.name) throw new Problem('no-file-chosen');
    return { name: file.name, type: file.type, bytes: wholeFile(source, parts, file) };
  } catch (error) {
    await source.return?.();
    throw error;
  }
}

function wholeFile(source: AsyncIterator<Uint8Array>, parts: Parts, file: FilePart): Chunks {
  const find = async () => {
    const chunk = await parts.content();
    if (chunk === undefined && (await nextFile(parts, file))) throw new Problem('too-many-files');
    return chunk;
  };
  return chunksFrom(find, async () => source.return?.());
}

interface FilePart {
  readonly field: string | undefined;
  readonly name: string | undefined;
  readonly type: string;
  /** How many parts there were up to this one, and how many of them were fields. */
  readonly count: Count;
}

interface Count {
  readonly parts: number;
  readonly fields: number;
}

/** Passes by fields until there is a file; undefined at the end of the form. */
async function nextFile(parts: Parts, last?: FilePart): Promise<FilePart | undefined> {
  let { parts: all, fields } = last?.count ?? { parts: 0, fields: 0 };
  for (;;) {
    const headers = await parts.next();
    if (headers === undefined) return undefined;
    all += 1;
    const part = describe(headers);
    if (part && !isFile(part)) fields += 1;
    if (all > most.parts || fields > most.fields) throw new Problem('form-broken', { reason: 'too-many-fields' });
    if (part && isFile(part)) return { ...part, count: { parts: all, fields } };
    await parts.skip();
  }
}

type Part = Omit<FilePart, 'count'> & { readonly isNamed: boolean };

const isFile = ({ type, isNamed }: Part) => isNamed || type === 'application/octet-stream';

/** A part by its headers; undefined for one that is no form data. */
function describe(headers: ReadonlyMap<string, string>): Part | undefined {
  const { value, parameters } = parseHeader(headers.get('content-disposition') ?? '', unescapeName);
  if (value.toLowerCase() !== 'form-data') return undefined;
  const [field, name] = [parameters.get('name'), parameters.get('filename')];
  return {
    field,
    name: name === undefined ? undefined : lastSegment(name),
    type: headerValue(headers.get('content-type') ?? '').toLowerCase() || 'text/plain',
    isNamed: name !== undefined,
  };
}

const nameEscapes: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };

/** Undoes the escapes of names in forms (WHATWG HTML, "multipart/form-data encoding algorithm"), and no others. */
const unescapeName = (name: string): string => name.replace(/%(?:22|0D|0A)/g, (found) => nameEscapes[found] ?? found);

/** The last part of a path of any system; empty for a name of dots. */
function lastSegment(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return name === '.' || name === '..' ? '' : name;
}

/** The parts of a body, one after the other. */
interface Parts {
  /** The headers of the next part, whose content must then be read or skipped; undefined at the end of the form. */
  next(): Promise<ReadonlyMap<string, string> | undefined>;
  /** Some of its content; undefined after the last. */
  content(): Promise<Uint8Array | undefined>;
  skip(): Promise<void>;
}

const lineEnd = Buffer.from('\r\n');
const headersEnd = Buffer.from('\r\n\r\n');
const dashes = Buffer.from('--');

function readParts(source: AsyncIterator<Uint8Array>, boundary: string): Parts {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first delimiter needs no line before it.
  let held: Buffer = lineEnd;
  let passed = 0;
  let isBegun = false;

  /** Copies the rest, since a chunk is only valid until the next one is requested. */
  const more = async () => {
    const rest = Buffer.from(held);
    const { value, done } = await source.next();
    if (done) throw new Problem('form-broken');
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    held = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  };
  const until = async (mark: Buffer, atMost: number) => {
    for (;;) {
      const at = held.indexOf(mark);
      if (at > atMost || (at < 0 && held.length > atMost)) throw new Problem('form-broken');
      if (at >= 0) return at;
      await more();
    }
  };
  const take = (count: number) => {
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  const content = async () => {
    for (;;) {
      const at = held.indexOf(delimiter);
      const ready = take(at < 0 ? beginningOf(delimiter, held) : at);
      if (ready.length > 0) return ready;
      if (at >= 0) break;
      await more();
    }
    take(delimiter.length);
    return undefined;
  };
  const skip = async () => {
    for (let chunk = await content(); chunk; chunk = await content()) {
      passed += chunk.length;
      if (passed > maxFormOverhead) throw new Problem('form-broken');
    }
  };
  /** The epilogue behind the last delimiter is read and ignored. */
  const finish = async () => {
    for (passed += held.length; passed <= maxFormOverhead; ) {
      const { value, done } = await source.next();
      if (done) return undefined;
      passed += value.byteLength;
    }
    throw new Problem('form-broken');
  };
  const next = async () => {
    // The preamble before the first delimiter is ignored.
    if (!isBegun) await skip();
    isBegun = true;
    while (held.length < dashes.length) await more();
    if (held.subarray(0, dashes.length).equals(dashes)) return finish();
    const padding = take(await until(lineEnd, most.headers)).toString('latin1');
    if (/[^ \t]/.test(padding)) throw new Problem('form-broken');
    const lines = take(await until(headersEnd, most.headerBytes)).toString('latin1');
    take(headersEnd.length);
    return headersOf(lines);
  };
  return { next, content, skip };
}

/** The position at which an incomplete delimiter may begin; the length of the bytes when there is none. */
function beginningOf(delimiter: Buffer, bytes: Buffer): number {
  const first = delimiter[0] as number;
  let at = bytes.indexOf(first, Math.max(0, bytes.length - delimiter.length + 1));
  while (at >= 0 && !bytes.subarray(at).equals(delimiter.subarray(0, bytes.length - at)))
    at = bytes.indexOf(first, at + 1);
  return at < 0 ? bytes.length : at;
}

/** Header lines by their lower-case names; a line that begins with a space goes on with the one before (RFC 5322, section 2.2.3). */
function headersOf(text: string): ReadonlyMap<string, string> {
  const lines = text.replace(/\r\n(?=[ \t])/g, '').split('\r\n');
  const found = lines.slice(0, most.headers).flatMap((line) => {
    const [, name, value] = /^([^:\r\n]+):[ \t]?([^\r\n]*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), value ?? ''] as const];
  });
  // Of a header that is there twice the first counts.
  return new Map(found.reverse());
}
