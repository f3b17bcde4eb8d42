/**
 * An incremental reader of HTTP/1.1 responses (RFC 9112), shared by benchmark, fuzzer and fault laboratory.
 */

export interface HttpResponse {
  readonly status: number;
  /** The status line and the header lines, without the empty line. */
  readonly head: string;
  /** Latin-1, at most `maxBody` bytes. */
  readonly body: string;
  /** The length of the whole body, in bytes. */
  readonly length: number;
  /** The server closes the connection after this response. */
  readonly closes: boolean;
  /** The connection ended before the response did. */
  readonly isCut: boolean;
}

export interface ResponseReader {
  /** Reads the next bytes and copies what it keeps: the caller may reuse the buffer. */
  read(bytes: Buffer): void;
  /** Call at the end of the connection. Returns the response that this completes or cuts, if any. */
  end(): HttpResponse | undefined;
  /** Bytes that the current response lacks; undefined before its head, or without a length. */
  missingBytes(): number | undefined;
}

export interface ReaderOptions {
  readonly maxBody: number;
  /** Throw `MalformedResponse` where the bytes break RFC 9112. Otherwise read on as well as possible. */
  readonly isStrict?: boolean;
  /**
   * Whether a response has no body although its head announces one (HEAD). Gets the bytes behind the head.
   */
  readonly omitsBody?: (following: Buffer) => boolean;
}

export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

type State = 'head' | 'body' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' | 'until close';

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*$/;
const headerLine = /^([\w!#$%&'*+.^`|~-]+): ?([\x20-\x7e\x80-\xff\t]*)$/;
const chunkSizeLine = /^[0-9a-f]{1,18}\r\n$/i;

/** The header lines of a head by lower-case name. Throws `MalformedResponse`. */
export function parseHeaders(head: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.split('\r\n').slice(1)) {
    const [, name, value = ''] = headerLine.exec(line) ?? [];
    if (name === undefined) throw new MalformedResponse(`no header: ${JSON.stringify(line)}`);
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}

/** Calls `onResponse` after the last byte of each final response; interim ones (1xx) are skipped. */
export function createResponseReader(
  { maxBody, isStrict = false, omitsBody = () => false }: ReaderOptions,
  onResponse: (response: HttpResponse) => void,
): ResponseReader {
  let state: State = 'head';
  /** The part of a line or head that has come so far. */
  let line = '';
  let remaining = 0;
  let [status, length, closes, head, body] = [0, 0, false, '', ''];

  const finish = () => {
    state = 'head';
    if (status >= 200) onResponse({ status, head, body, length, closes, isCut: false });
  };
  const takeLine = () => {
    const taken = line;
    line = '';
    return taken;
  };
  /** Returns the offset behind `end`, or undefined if it has not come yet. */
  const readUntil = (end: string, bytes: Buffer, at: number): number | undefined => {
    const before = line.length;
    const found = before === 0 ? bytes.indexOf(end, at, 'latin1') : -1;
    if (found !== -1) {
      line = bytes.toString('latin1', at, found + end.length);
      return found + end.length;
    }
    line += bytes.toString('latin1', at);
    const stop = line.indexOf(end);
    if (stop === -1) return undefined;
    line = line.slice(0, stop + end.length);
    return at + line.length - before;
  };
  const readBody = (bytes: Buffer, at: number): number => {
    const available = bytes.length - at;
    const size = state === 'until close' ? available : Math.min(remaining, available);
    if (body.length < maxBody)
      body += bytes.toString('latin1', at, at + Math.min(size, maxBody - body.length));
    length += size;
    remaining -= size;
    return at + size;
  };
  const beginBody = (following: Buffer) => {
    const framing = framingOf(head, isStrict);
    [length, body, closes] = [0, '', framing.closes];
    status = framing.status;
    const isBodiless = status < 200 || status === 204 || status === 304 || omitsBody(following);
    if (isBodiless || framing.length === 0) return finish();
    remaining = framing.length ?? 0;
    if (framing.isChunked) state = 'chunk size';
    else state = framing.length === undefined ? 'until close' : 'body';
  };
  const steps: Readonly<Record<State, (bytes: Buffer, at: number) => number | undefined>> = {
    head: (bytes, at) => {
      const next = readUntil('\r\n\r\n', bytes, at);
      if (next === undefined) return undefined;
      head = takeLine().slice(0, -4);
      beginBody(bytes.subarray(next));
      return next;
    },
    body: (bytes, at) => {
      const next = readBody(bytes, at);
      if (remaining === 0) finish();
      return next;
    },
    'until close': readBody,
    'chunk size': (bytes, at) => {
      const next = readUntil('\r\n', bytes, at);
      if (next === undefined) return undefined;
      if (isStrict && !chunkSizeLine.test(line)) throw new MalformedResponse('no chunk size');
      remaining = Number.parseInt(takeLine(), 16);
      state = remaining === 0 ? 'trailer' : 'chunk';
      return next;
    },
    chunk: (bytes, at) => {
      const next = readBody(bytes, at);
      if (remaining === 0) state = 'chunk end';
      return next;
    },
    'chunk end': (bytes, at) => {
      const next = readUntil('\r\n', bytes, at);
      if (next === undefined) return undefined;
      if (isStrict && line !== '\r\n') throw new MalformedResponse('no end of a chunk');
      takeLine();
      state = 'chunk size';
      return next;
    },
    trailer: (bytes, at) => {
      const next = readUntil('\r\n', bytes, at);
      if (next === undefined) return undefined;
      if (isStrict && line !== '\r\n') throw new MalformedResponse('no end of a chunk');
      if (takeLine() === '\r\n') finish();
      return next;
    },
  };

  return {
    read: (bytes) => {
      for (let at: number | undefined = 0; at !== undefined && at < bytes.length; )
        at = steps[state](bytes, at);
    },
    end: () => {
      if (isStrict) checkEnd(state, line);
      if (state === 'head') return undefined;
      const isCut = state !== 'until close';
      state = 'head';
      line = '';
      return { status, head, body, length, closes, isCut };
    },
    missingBytes: () => (state === 'body' ? remaining : undefined),
  };
}

interface Framing {
  readonly status: number;
  readonly isChunked: boolean;
  /** Undefined: chunked, or until the connection closes. */
  readonly length: number | undefined;
  readonly closes: boolean;
}

/** How the body of a response is delimited: RFC 9112, section 6.3. */
function framingOf(head: string, isStrict: boolean): Framing {
  if (isStrict) checkStatusLine(head);
  const headers = isStrict ? parseHeaders(head) : undefined;
  const header = (name: string) =>
    headers ? headers.get(name) : new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
  const announced = header('content-length');
  if (isStrict && announced !== undefined && !/^\d+$/.test(announced))
    throw new MalformedResponse(`content-length: ${announced}`);
  const isChunked = header('transfer-encoding') === 'chunked';
  return {
    status: Number(head.slice(9, 12)),
    isChunked,
    length: isChunked || announced === undefined ? undefined : Number(announced),
    closes: header('connection') === 'close' || head.startsWith('HTTP/1.0'),
  };
}

function checkStatusLine(head: string): void {
  const [first = ''] = head.split('\r\n', 1);
  if (!statusLine.test(first))
    throw new MalformedResponse(`no status line: ${JSON.stringify(first.slice(0, 200))}`);
}

/** Throws if the remainder cannot be the beginning of a valid line. */
function checkEnd(state: State, line: string): void {
  if (state === 'head' && line !== '')
    throw new MalformedResponse(`no end of headers: ${JSON.stringify(line.slice(0, 200))}`);
  if (state === 'chunk size' && line.length > 10) throw new MalformedResponse('no chunk size');
  if ((state === 'chunk end' || state === 'trailer') && line.length >= 2)
    throw new MalformedResponse('no end of a chunk');
}
