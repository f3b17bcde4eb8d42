import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createQuickReader, type QuickResponse } from './quick-reader.ts';

const maxBody = 8;

/** Reads a text that comes in these pieces, after which the connection ends. */
function readAll(text: string, cuts: readonly number[]): QuickResponse[] {
  const found: QuickResponse[] = [];
  const reader = createQuickReader(maxBody, (response) => found.push(response));
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  // One buffer for all pieces, as a socket has.
  const buffer = Buffer.alloc(bytes.length);
  for (const [index, place] of places.entries()) {
    const size = bytes.copy(buffer, 0, place, places[index + 1] ?? bytes.length);
    if (size > 0) reader.read(buffer.subarray(0, size));
  }
  const last = reader.end();
  return last ? [...found, last] : found;
}

const sent = fc.record({
  status: fc.constantFrom(200, 201, 404, 503),
  body: fc.string({ unit: fc.constantFrom('a', '\r', '\n', ':', '9'), maxLength: 40 }),
  closes: fc.boolean(),
  spelling: fc.constantFrom('Content-Length', 'content-length'),
});

const written = ({ status, body, closes, spelling }: typeof sent extends fc.Arbitrary<infer T> ? T : never) =>
  [`HTTP/1.1 ${status} Text`, 'Date: now', `${spelling}: ${body.length}`, ...(closes ? ['Connection: close'] : [])]
    .join('\r\n')
    .concat('\r\n\r\n', body);

it('reads each response, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(fc.array(sent, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { maxLength: 8 }), (all, cuts) => {
      const expected = all.map(({ status, body, closes }) => ({
        status,
        body: body.slice(0, maxBody),
        length: body.length,
        closes,
        isCut: false,
      }));
      expect(readAll(all.map(written).join(''), cuts)).toEqual(expected);
    }),
  );
});

it('says that a response was cut', () => {
  expect(readAll('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort', [])).toMatchObject([
    { status: 200, body: 'short', isCut: true },
  ]);
});

it('reads responses without a length', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
  const measured = 'HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nab';
  expect(readAll(measured + chunked + measured, [70])).toMatchObject([
    { status: 201, body: 'ab' },
    { status: 200, body: 'ok', length: 2 },
    { status: 201, body: 'ab' },
  ]);
  expect(readAll('HTTP/1.1 204 No Content\r\n\r\n', [])).toMatchObject([{ status: 204, length: 0, isCut: false }]);
});
