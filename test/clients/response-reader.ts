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

interface ResponseReader {
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
export const createResponseReader = (
  options: ReaderOptions,
  onResponse: (response: HttpResponse) => void,
): ResponseReader => new IncrementalReader(options, onResponse);

class IncrementalReader implements ResponseReader {
  #state: State = 'head';
  /** The part of a line or head that has come so far. */
  #line = '';
  #remaining = 0;
  #current = { status: 0, head: '', body: '', length: 0, closes: false };
  readonly #options: ReaderOptions;
  readonly #onResponse: (response: HttpResponse) => void;

  constructor(options: ReaderOptions, onResponse: (response: HttpResponse) => void) {
    this.#options = options;
    this.#onResponse = onResponse;
  }

  read(bytes: Buffer): void {
    for (let at: number | undefined = 0; at !== undefined && at < bytes.length; ) at = this.#step(bytes, at);
  }

  end(): HttpResponse | undefined {
    if (this.#options.isStrict) checkEnd(this.#state, this.#line);
    if (this.#state === 'head') return undefined;
    const isCut = this.#state !== 'until close';
    this.#state = 'head';
    this.#line = '';
    return { ...this.#current, isCut };
  }

  missingBytes(): number | undefined {
    return this.#state === 'body' ? this.#remaining : undefined;
  }

  /** Returns the offset of the next byte to read, or undefined if a line is still incomplete. */
  #step(bytes: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'body':
      case 'chunk':
      case 'until close':
        return this.#readBody(bytes, at);
      case 'head':
        return this.#readHead(bytes, at);
      default:
        return this.#readChunkLine(bytes, at);
    }
  }

  #readHead(bytes: Buffer, at: number): number | undefined {
    const next = this.#readUntil('\r\n\r\n', bytes, at);
    if (next === undefined) return undefined;
    const head = this.#takeLine().slice(0, -4);
    const { isStrict = false, omitsBody } = this.#options;
    const { status, isChunked, length, closes } = framingOf(head, isStrict);
    this.#current = { status, head, body: '', length: 0, closes };
    const isBodiless = status < 200 || status === 204 || status === 304;
    if (isBodiless || length === 0 || omitsBody?.(bytes.subarray(next))) this.#finish();
    else {
      this.#remaining = length ?? 0;
      this.#state = isChunked ? 'chunk size' : length === undefined ? 'until close' : 'body';
    }
    return next;
  }

  #readBody(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    const isOpen = this.#state === 'until close';
    const size = isOpen ? available : Math.min(this.#remaining, available);
    const kept = Math.min(size, this.#options.maxBody - this.#current.body.length);
    if (kept > 0) this.#current.body += bytes.toString('latin1', at, at + kept);
    this.#current.length += size;
    this.#remaining -= size;
    if (!isOpen && this.#remaining === 0) {
      if (this.#state === 'body') this.#finish();
      else this.#state = 'chunk end';
    }
    return at + size;
  }

  #readChunkLine(bytes: Buffer, at: number): number | undefined {
    const next = this.#readUntil('\r\n', bytes, at);
    if (next === undefined) return undefined;
    const line = this.#takeLine();
    const { isStrict } = this.#options;
    if (this.#state === 'chunk size') {
      if (isStrict && !chunkSizeLine.test(line)) throw new MalformedResponse('no chunk size');
      this.#remaining = Number.parseInt(line, 16);
      this.#state = this.#remaining === 0 ? 'trailer' : 'chunk';
      return next;
    }
    if (isStrict && line !== '\r\n') throw new MalformedResponse('no end of a chunk');
    if (this.#state === 'chunk end') this.#state = 'chunk size';
    else if (line === '\r\n') this.#finish();
    return next;
  }

  #finish(): void {
    this.#state = 'head';
    if (this.#current.status >= 200) this.#onResponse({ ...this.#current, isCut: false });
  }

  #takeLine(): string {
    const line = this.#line;
    this.#line = '';
    return line;
  }

  /** Returns the offset behind `end`, or undefined if it has not come yet. */
  #readUntil(end: string, bytes: Buffer, at: number): number | undefined {
    const before = this.#line.length;
    const found = before === 0 ? bytes.indexOf(end, at, 'latin1') : -1;
    if (found !== -1) {
      this.#line = bytes.toString('latin1', at, found + end.length);
      return found + end.length;
    }
    this.#line += bytes.toString('latin1', at);
    const stop = this.#line.indexOf(end);
    if (stop === -1) return undefined;
    this.#line = this.#line.slice(0, stop + end.length);
    return at + this.#line.length - before;
  }
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
  if (!statusLine.test(first)) throw new MalformedResponse(`no status line: ${JSON.stringify(first.slice(0, 200))}`);
}

/** Throws if the remainder cannot be the beginning of a valid line. */
function checkEnd(state: State, line: string): void {
  if (state === 'head' && line !== '')
    throw new MalformedResponse(`no end of headers: ${JSON.stringify(line.slice(0, 200))}`);
  if (state === 'chunk size' && line.length > 10) throw new MalformedResponse('no chunk size');
  if ((state === 'chunk end' || state === 'trailer') && line.length >= 2)
    throw new MalformedResponse('no end of a chunk');
}
