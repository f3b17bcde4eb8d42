/**
 * Templates of requests. The load generator turns each into a buffer once and then only overwrites the numbers in it.
 */

import { createSeededRandom } from '../../test/clients/seeded-random.ts';

/** A request of a round trip, and the expected response. */
export interface RequestTemplate {
  /**
   * Ends with the empty line. `numberMark` stands for the number of the round, `captureMark` for the captured value.
   */
  readonly head: string;
  readonly body?: BodyTemplate;
  /** The expected length of a good response's body, in bytes. */
  readonly responseSize?: number;
  /** A pattern whose first group is captured for the next request; as long as `captureMark`. */
  readonly captures?: string;
}

/** Text that begins with the number of the round, between the parts of a form. */
interface BodyTemplate {
  readonly before: string;
  readonly size: number;
  readonly after: string;
}

export const numberMark = '#'.repeat(12);

/** As long as a ticket. */
export const captureMark = '@'.repeat(34);

const boundary = 'rfx-bench-7d81f3a2c5';

/** A form with one file, named by its number. */
function formBody(size: number): BodyTemplate {
  const disposition = `Content-Disposition: form-data; name="file"; filename="${numberMark}.txt"`;
  return {
    before: `--${boundary}\r\n${disposition}\r\nContent-Type: text/plain\r\n\r\n`,
    size,
    after: `\r\n--${boundary}--\r\n`,
  };
}

export const plainBody = (size: number): BodyTemplate => ({ before: '', size, after: '' });

const formType = `Content-Type: multipart/form-data; boundary=${boundary}`;

const lengthOf = ({ before, size, after }: BodyTemplate) => before.length + size + after.length;

/** A request with these header lines, and its length if it has a body. */
export function request(start: string, lines: readonly string[] = [], body?: BodyTemplate): RequestTemplate {
  const length = body ? [`Content-Length: ${lengthOf(body)}`] : [];
  const head = [`${start} HTTP/1.1`, 'Host: 127.0.0.1', ...lines, ...length, '', ''].join('\r\n');
  return body ? { head, body } : { head };
}

export const postForm = (path: string, size: number, lines: readonly string[] = []): RequestTemplate =>
  request(`POST ${path}`, [formType, ...lines], formBody(size));

/** The bytes of a request with the offsets of numbers and captured values. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly numbersAt: readonly number[];
  readonly capturesAt: readonly number[];
}

/** Each connection prepares its own, as it writes numbers into the bytes. */
export function prepareRequest({ head, body }: RequestTemplate): PreparedRequest {
  const text = head + (body ? body.before + numberMark : '');
  const bytes = Buffer.allocUnsafe(head.length + (body ? lengthOf(body) : 0));
  bytes.write(text, 'latin1');
  if (body) {
    fill(bytes.subarray(text.length, bytes.length - body.after.length));
    bytes.write(body.after, bytes.length - body.after.length, 'latin1');
  }
  return { bytes, numbersAt: placesOf(text, numberMark), capturesAt: placesOf(text, captureMark) };
}

function placesOf(text: string, mark: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

/** Lines of text that hardly compress. Their length is prime, so that no two blocks are alike. */
const passage = makePassage(65_521);

function makePassage(size: number): Buffer {
  const letters = Buffer.alloc(size);
  const random = createSeededRandom('passage');
  for (let at = 0; at < size; at++) letters[at] = at % 80 === 79 ? 10 : 97 + random.below(26);
  return letters;
}

function fill(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += passage.length) bytes.set(passage.subarray(0, bytes.length - at), at);
}

/** Writes a number with leading zeros, as wide as its mark. */
export function writeNumber(bytes: Buffer, at: number, number: number): void {
  let rest = number;
  for (let place = at + numberMark.length - 1; place >= at; place--) {
    bytes[place] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
