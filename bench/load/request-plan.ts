/** What is sent to a server, as text and sizes: the load generator makes buffers of it, once, and only pokes numbers into them. */

import { createSeededRandom } from '../../test/clients/seeded-random.ts';

/** One request of a round trip, and what is expected of its answer. */
export interface RequestTemplate {
  /** With its empty line at the end. Each `numberMark` becomes the number of the request, each `takenMark` what was taken before. */
  readonly head: string;
  readonly body?: BodyTemplate;
  /** How many bytes a good answer's body has. */
  readonly responseSize?: number;
  /** What is taken from the answer for the next step: the first group of a pattern, as long as `takenMark`. */
  readonly captures?: string;
}

/** Bytes of text that begin with the request's number, with what a form puts around them. */
export interface BodyTemplate {
  readonly before: string;
  readonly size: number;
  readonly after: string;
}

export const numberMark = '#'.repeat(12);

/** As long as a ticket. */
export const captureMark = '@'.repeat(34);

const boundary = 'rfx-bench-7d81f3a2c5';

/** The file of a form, named by its number. */
export function formBody(size: number): BodyTemplate {
  const disposition = `Content-Disposition: form-data; name="file"; filename="${numberMark}.txt"`;
  return {
    before: `--${boundary}\r\n${disposition}\r\nContent-Type: text/plain\r\n\r\n`,
    size,
    after: `\r\n--${boundary}--\r\n`,
  };
}

export const plainBody = (size: number): BodyTemplate => ({ before: '', size, after: '' });

export const formType = `Content-Type: multipart/form-data; boundary=${boundary}`;

const lengthOf = ({ before, size, after }: BodyTemplate) => before.length + size + after.length;

/** A request with these lines in its head, and its length when it has a body. */
export function request(
  start: string,
  lines: readonly string[] = [],
  body?: BodyTemplate,
): RequestTemplate {
  const length = body ? [`Content-Length: ${lengthOf(body)}`] : [];
  const head = [`${start} HTTP/1.1`, 'Host: 127.0.0.1', ...lines, ...length, '', ''].join('\r\n');
  return body ? { head, body } : { head };
}

export const postForm = (
  path: string,
  size: number,
  lines: readonly string[] = [],
): RequestTemplate => request(`POST ${path}`, [formType, ...lines], formBody(size));

/** Where the numbers of a step go, and where what was taken. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly numbersAt: readonly number[];
  readonly capturesAt: readonly number[];
}

/** The bytes of a step, ready to be sent; a connection's own, as it writes its numbers into them. */
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
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length))
    places.push(at);
  return places;
}

/** Lines of text that a compressor would find little in; a prime number of bytes, so that no block is like another. */
const passage = makePassage(65_521);

function makePassage(size: number): Buffer {
  const letters = Buffer.alloc(size);
  const random = createSeededRandom('passage');
  for (let at = 0; at < size; at++) letters[at] = at % 80 === 79 ? 10 : 97 + random.below(26);
  return letters;
}

function fill(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += passage.length)
    bytes.set(passage.subarray(0, bytes.length - at), at);
}

/** Writes a number with leading zeros, as wide as its mark. */
export function writeNumber(bytes: Buffer, at: number, number: number): void {
  let rest = number;
  for (let place = at + numberMark.length - 1; place >= at; place--) {
    bytes[place] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
