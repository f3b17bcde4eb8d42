/** Reads the responses of a benchmark with as little work as possible: the load generator shares two cores with its server. */
import { createResponseReader } from '../../test/clients/response-reader.ts';

export interface QuickResponse {
  readonly status: number;
  /** Latin-1, at most `maxBody` bytes. */
  readonly body: string;
  /** The length of the whole body, in bytes. */
  readonly length: number;
  /** The server closes the connection after this response. */
  readonly closes: boolean;
  /** The connection ended before the response did. */
  readonly isCut: boolean;
}

interface QuickReader {
  /** Reads the next bytes and copies what it keeps: the caller may reuse the buffer. */
  read(bytes: Buffer): void;
  /** Call at the end of the connection. Returns the response that this completes or cuts, if any. */
  end(): QuickResponse | undefined;
}

const headEnd = Buffer.from('\r\n\r\n');
/** As servers spell them; a response with neither of its two is read by the thorough reader. */
const lengthHeaders = ['\r\nContent-Length: ', '\r\ncontent-length: '].map((text) => Buffer.from(text));
const closeHeaders = ['\r\nConnection: close', '\r\nconnection: close'].map((text) => Buffer.from(text));
const [zero, nine] = [48, 57];
/** Where the status begins in `HTTP/1.1 200`. */
const statusAt = 9;

/**
 * Calls `onResponse` after the last byte of each response. A response without a length, such as a chunked one, hands its connection
 * over to the thorough reader.
 */
export function createQuickReader(maxBody: number, onResponse: (response: QuickResponse) => void): QuickReader {
  let slow: QuickReader | undefined;
  /** A head that is not complete yet. */
  let kept: Buffer | undefined;
  let current: { status: number; body: string; length: number; closes: boolean } | undefined;
  let missing = 0;

  function readHead(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(headEnd, at);
    if (end === -1) {
      kept = Buffer.from(bytes.subarray(at));
      return bytes.length;
    }
    const head = bytes.subarray(at, end + 2);
    const length = lengthIn(head);
    if (length === undefined) {
      slow = createResponseReader({ maxBody }, onResponse);
      slow.read(bytes.subarray(at));
      return bytes.length;
    }
    current = { status: statusOf(head), body: '', length, closes: closeHeaders.some((close) => head.includes(close)) };
    missing = length;
    return end + headEnd.length;
  }

  function readBody(bytes: Buffer, at: number): number {
    const size = Math.min(missing, bytes.length - at);
    const open = current as NonNullable<typeof current>;
    const wanted = Math.min(size, maxBody - open.body.length);
    if (wanted > 0) open.body += bytes.toString('latin1', at, at + wanted);
    missing -= size;
    return at + size;
  }

  return {
    read: (added) => {
      if (slow) {
        slow.read(added);
        return;
      }
      const bytes = kept ? Buffer.concat([kept, added]) : added;
      kept = undefined;
      for (let at = 0; at < bytes.length; ) {
        at = current ? readBody(bytes, at) : readHead(bytes, at);
        if (!current || missing > 0) continue;
        const whole = { ...current, isCut: false };
        current = undefined;
        onResponse(whole);
      }
    },
    end: () => {
      if (slow) return slow.end();
      const cut = current && { ...current, isCut: true };
      current = undefined;
      return cut;
    },
  };
}

const statusOf = (head: Buffer): number =>
  [0, 1, 2].reduce((status, digit) => status * 10 + (head[statusAt + digit] ?? zero) - zero, 0);

function lengthIn(head: Buffer): number | undefined {
  for (const name of lengthHeaders) {
    const at = head.indexOf(name);
    if (at === -1) continue;
    let length = 0;
    for (let place = at + name.length; ; place++) {
      const digit = head[place] ?? 0;
      if (digit < zero || digit > nine) return length;
      length = length * 10 + digit - zero;
    }
  }
  return undefined;
}
