import { describe, expect, it } from 'vitest';
import {
  createResponseReader,
  type HttpResponse,
  MalformedResponse,
  parseHeaders,
  type ReaderOptions,
} from './response-reader.ts';

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Feeds the reader pieces of one size, as a network would, in a reused buffer. */
function readInPieces(size: number, text: string, options: Partial<ReaderOptions> = {}) {
  const responses: HttpResponse[] = [];
  const reader = createResponseReader({ maxBody: 100, ...options }, (one) => responses.push(one));
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < text.length; at += size) {
    const piece = text.slice(at, at + size);
    buffer.write(piece, 'latin1');
    reader.read(buffer.subarray(0, piece.length));
  }
  return { responses, end: () => reader.end() };
}

const response = (status: number, body: string, more: Partial<HttpResponse> = {}) =>
  expect.objectContaining({
    ...{ status, body, length: body.length, closes: false, isCut: false },
    ...more,
  });

const cases: readonly (readonly [string, string, readonly unknown[]])[] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', [response(200, 'hello')]],
  ['an empty body', 'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n', [response(201, '')]],
  ['no body at all', 'HTTP/1.1 204 No Content\r\n\r\n', [response(204, '')]],
  [
    'one after another',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nc',
    [response(200, 'ab'), response(404, 'c')],
  ],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n',
    [response(200, 'abc0123456789')],
  ],
  [
    'chunks and a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-More: yes\r\n\r\nHTTP/1.1 204 No\r\n\r\n',
    [response(200, 'a'), response(204, '')],
  ],
  [
    'a connection that is to be closed',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na',
    [response(200, 'a', { closes: true })],
  ],
  [
    'an old version, which closes',
    'HTTP/1.0 500 INTERNAL SERVER ERROR\r\nContent-Length: 1\r\n\r\na',
    [response(500, 'a', { closes: true })],
  ],
];

describe.each([1, 2, 3, 7, 1000])('in pieces of %d bytes', (size) => {
  it.each(cases)('reads %s', (_what, text, expected) => {
    expect(readInPieces(size, text).responses).toEqual(expected);
  });

  it.each(cases.slice(0, 4))('reads %s strictly', (_what, text, expected) => {
    expect(readInPieces(size, text, { isStrict: true }).responses).toEqual(expected);
  });

  it('reads a body without a length until the connection ends', () => {
    const { responses, end } = readInPieces(size, 'HTTP/1.0 200 OK\r\n\r\nall of it');
    expect(responses).toEqual([]);
    expect(end()).toEqual(response(200, 'all of it', { closes: true }));
  });

  it('reports a response that was cut', () => {
    const { responses, end } = readInPieces(size, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell');
    expect(responses).toEqual([]);
    expect(end()).toEqual(response(200, 'hell', { isCut: true }));
  });

  it('keeps no more of a body than maxBody', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789';
    expect(readInPieces(size, text, { maxBody: 4 }).responses).toEqual([response(200, '0123', { length: 10 })]);
  });

  it('skips interim responses', () => {
    const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n';
    expect(readInPieces(size, text).responses).toEqual([response(204, '')]);
  });

  it.each([
    ['a status line of another protocol', 'ICY 200 OK\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nno header\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n'],
    ['a head without an end', 'HTTP/1.1 200 OK\r\n'],
    ['a chunk without a size', `${chunked}what is this\r\n`],
    ['a chunk that is longer than its size', `${chunked}1\r\nabc\r\n`],
  ])('rejects %s in strict mode', (_what, text) => {
    const read = () => readInPieces(size, text, { isStrict: true }).end();
    expect(read).toThrow(MalformedResponse);
  });
});

it('maps headers by their lower-case names', () => {
  const head = 'HTTP/1.1 200 OK\r\nETag: "a"\r\nX-Empty:';
  expect([...parseHeaders(head)]).toEqual([
    ['etag', '"a"'],
    ['x-empty', ''],
  ]);
});

it('skips the body of an answer to HEAD', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No\r\n\r\n';
  const omitsBody = (following: Buffer) => following.toString().startsWith('HTTP/');
  expect(readInPieces(1000, text, { omitsBody }).responses).toEqual([response(200, ''), response(204, '')]);
});
