/** Generators of message framing: valid and broken combinations of length, chunks and body. */
import fc from 'fast-check';

/** A body with the headers that announce its length. */
export interface FramedBody {
  readonly lines: readonly string[];
  readonly bytes: string;
}

const withLength = (body: string): FramedBody => ({
  lines: [`Content-Length: ${body.length}`],
  bytes: body,
});

const chunkMarks = fc.constantFrom('', '', ';a=b', ';a="b;c"');
const trailers = fc.constantFrom('', '', 'X-Trailer: y\r\n');

/** A chunked body: RFC 9112, section 7.1. */
const chunked = (body: string): fc.Arbitrary<FramedBody> =>
  fc
    .record({
      sizes: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }),
      mark: chunkMarks,
      trailer: trailers,
    })
    .map(({ sizes, mark, trailer }) => {
      let bytes = '';
      for (let at = 0, n = 0; at < body.length; n++) {
        const piece = body.slice(at, at + (n < 30 ? (sizes[n % sizes.length] ?? 1) : body.length));
        bytes += `${piece.length.toString(16)}${mark}\r\n${piece}\r\n`;
        at += piece.length;
      }
      return { lines: ['Transfer-Encoding: chunked'], bytes: `${bytes}0\r\n${trailer}\r\n` };
    });

export const validFraming = (body: string) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(withLength(body)) }, chunked(body));

export const brokenFraming = (body: string) =>
  fc.oneof(
    fc.integer({ min: -20, max: 20 }).map((off) => ({
      lines: [`Content-Length: ${body.length + off}`],
      bytes: body,
    })),
    fc.constantFrom(
      { lines: [], bytes: body },
      { lines: ['Content-Length: 1', 'Content-Length: 2'], bytes: body },
      { lines: ['Content-Length: 3', 'Transfer-Encoding: chunked'], bytes: body },
      { lines: ['Transfer-Encoding: gzip, chunked'], bytes: `1\r\nx\r\n0\r\n\r\n` },
      { lines: ['Transfer-Encoding: identity'], bytes: body },
      { lines: ['Transfer-Encoding: chunked'], bytes: `fffffffffffffffff\r\n${body}` },
      { lines: ['Transfer-Encoding: chunked'], bytes: `-1\r\n${body}\r\n0\r\n\r\n` },
      { lines: ['Transfer-Encoding: chunked'], bytes: `${body.length.toString(16)}\r\n${body}` },
      { lines: ['Content-Length: 1_0'], bytes: body },
    ),
  );
