import { describe, expect, it } from 'vitest';
import { type Answer, readAnswers } from './answers.ts';

/** Gives a reader bytes in pieces of a size, as a network would, in one buffer that is used again. */
function readIn(size: number, text: string, keep = 100) {
  const answers: Answer[] = [];
  const reader = readAnswers(keep, (answer) => answers.push(answer));
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < text.length; at += size) {
    const piece = text.slice(at, at + size);
    buffer.write(piece, 'latin1');
    reader.read(buffer.subarray(0, piece.length));
  }
  return { answers, end: reader.end };
}

const answer = (status: number, start: string, more: Partial<Answer> = {}): Answer => ({
  status,
  start,
  length: start.length,
  closes: false,
  ...more,
});

const cases: readonly (readonly [string, string, readonly Answer[]])[] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', [answer(200, 'hello')]],
  ['an empty body', 'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n', [answer(201, '')]],
  ['no body at all', 'HTTP/1.1 204 No Content\r\n\r\n', [answer(204, '')]],
  [
    'one after another',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nc',
    [answer(200, 'ab'), answer(404, 'c')],
  ],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n',
    [answer(200, 'abc0123456789')],
  ],
  [
    'chunks and a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-More: yes\r\n\r\nHTTP/1.1 204 No\r\n\r\n',
    [answer(200, 'a'), answer(204, '')],
  ],
  [
    'a connection that is to be closed',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na',
    [answer(200, 'a', { closes: true })],
  ],
  [
    'an old version, which closes',
    'HTTP/1.0 500 INTERNAL SERVER ERROR\r\nContent-Length: 1\r\n\r\na',
    [answer(500, 'a', { closes: true })],
  ],
];

describe.each([1, 2, 3, 7, 1000])('in pieces of %d bytes', (size) => {
  it.each(cases)('reads %s', (_what, text, expected) => {
    expect(readIn(size, text).answers).toEqual(expected);
  });

  it('reads until the end where no length is said', () => {
    const { answers, end } = readIn(size, 'HTTP/1.0 200 OK\r\n\r\nall of it');
    expect(answers).toEqual([]);
    expect(end()).toBe(true);
    expect(answers).toEqual([answer(200, 'all of it', { closes: true })]);
  });

  it('knows an answer that was cut', () => {
    const { answers, end } = readIn(size, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell');
    expect(end()).toBe(false);
    expect(answers).toEqual([]);
  });

  it('keeps no more of a body than it was asked to', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789';
    expect(readIn(size, text, 4).answers).toEqual([answer(200, '0123', { length: 10 })]);
  });
});
