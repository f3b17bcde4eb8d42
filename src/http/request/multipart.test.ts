import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, openMultipart } from './multipart.ts';

const boundary = 'a-b';

/** The bytes in pieces of repeating sizes. The memory of a piece is overwritten once the next one is requested. */
async function* inPieces(bytes: Buffer, sizes: readonly number[]) {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    const piece = Uint8Array.from(bytes.subarray(at, at + size));
    yield piece;
    piece.fill(0);
    at += size;
  }
}

const disposition = (rest: string) => `Content-Disposition: form-data; ${rest}`;
const part = (headers: string, content: string | Buffer = '') =>
  Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`), Buffer.from(content)]);
const filePart = (content: string | Buffer) =>
  part(disposition('name="file"; filename="a.txt"'), content);
const form = (...parts: readonly Buffer[]) =>
  Buffer.concat([
    ...parts.flatMap((one) => [one, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

async function read(body: Buffer, sizes: readonly number[] = [body.length]) {
  const { name, type, bytes } = await openMultipart(inPieces(body, sizes), boundary);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(Uint8Array.from(piece));
  return { name, type, bytes: Buffer.concat(pieces) };
}

const refused = (body: Buffer, sizes?: readonly number[]) =>
  read(body, sizes).then(
    () => 'taken',
    (error: { code?: string }) => error.code,
  );

describe('a form', () => {
  it('gives its file, whatever is in it and however it comes', async () => {
    // Pieces that resemble a delimiter.
    const words = fc.constantFrom('\r', '\n', '-', '--', '--a-', '\r\n--a-', 'a-b', 'x'.repeat(50));
    const contents = fc.array(words, { maxLength: 30 }).map((all) => all.join(''));
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(contents, sizes, async (content, sizes) => {
        fc.pre(!content.includes(`\r\n--${boundary}`));
        const body = form(part(disposition('name="note"'), 'hello'), filePart(content));
        expect(await read(body, sizes)).toMatchObject({
          name: 'a.txt',
          bytes: Buffer.from(content),
        });
      }),
      { numRuns: 300 },
    );
  });

  it('may begin with anything, and end with anything', async () => {
    const body = Buffer.concat([Buffer.from('hello\r\n'), form(filePart('x')), Buffer.from('bye')]);
    for (const size of [1, 7, 1_000]) expect((await read(body, [size])).bytes.toString()).toBe('x');
  });

  it('says what its file is called, and of which type it is', async () => {
    const named = async (rest: string) => (await read(form(part(disposition(rest), 'x')))).name;
    expect(await named('name=file; filename=plain.txt')).toBe('plain.txt');
    expect(await named('name="file"; filename="C:\\dir\\a.txt"')).toBe('a.txt');
    expect(await named('name="file"; filename="../../a.txt"')).toBe('a.txt');
    expect(await named('name="file"; filename="猫.txt"')).toBe('猫.txt');
    expect(await named(`name="file"; filename*=UTF-8''%E7%8C%AB.txt`)).toBe('猫.txt');
    const typed = part(
      `${disposition('name="file"; filename="a"')}\r\ncontent-type: IMAGE/png`,
      'x',
    );
    expect((await read(form(typed))).type).toBe('image/png');
    const folded = part('Content-Disposition: form-data;\r\n name="file"; filename="a.b"', 'x');
    expect((await read(form(folded))).name).toBe('a.b');
  });

  it.each([
    ['no file', 'field-missing', form(part(disposition('name="file"'), 'text'))],
    ['another field', 'field-missing', form(part(disposition('name="f"; filename="a"'), 'x'))],
    ['nothing at all', 'field-missing', form()],
    ['no name', 'no-file-chosen', form(part(disposition('name="file"; filename=""')))],
    ['two files', 'too-many-files', form(filePart('a'), filePart('b'))],
    ['no end', 'form-broken', form(filePart('abc')).subarray(0, -5)],
    ['half a header', 'form-broken', Buffer.from(`--${boundary}\r\ncontent-dispo`)],
    ['too much header', 'form-broken', form(part('x'.repeat(20_000)), filePart('a'))],
    [
      'too many fields',
      'form-broken',
      form(...Array.from({ length: 6 }, () => part(disposition('name="n"'), '1')), filePart('a')),
    ],
    ['too much beside it', 'form-broken', form(part(disposition('name="n"'), 'x'.repeat(70_000)))],
    [
      'too much behind it',
      'form-broken',
      Buffer.concat([form(filePart('a')), Buffer.alloc(70_000)]),
    ],
    ['a longer delimiter', 'form-broken', Buffer.from(`--${boundary}c\r\n\r\n`)],
  ])('with %s is %s', async (_what, code, body) => {
    for (const size of [1, 50, body.length]) expect(await refused(body, [size])).toBe(code);
  });

  it('lets go of its body, whatever becomes of it', async () => {
    const watched = (body: Buffer) => {
      const watch = { isOver: false };
      const source = async function* () {
        try {
          yield* inPieces(body, [20]);
        } finally {
          watch.isOver = true;
        }
      };
      return { watch, source: source() };
    };
    const bad = watched(form(part(disposition('name="f"; filename="a"'), 'x'.repeat(100))));
    await expect(openMultipart(bad.source, boundary)).rejects.toMatchObject({
      code: 'field-missing',
    });
    const left = watched(form(filePart('x'.repeat(100))));
    const { bytes } = await openMultipart(left.source, boundary);
    await bytes.next();
    await bytes.return();
    expect([bad.watch, left.watch]).toEqual([{ isOver: true }, { isOver: true }]);
  });
});

describe('a boundary', () => {
  it('is what the content type says', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc');
    expect(boundaryOf('multipart/form-data; charset=x; Boundary="a b"')).toBe('a b');
  });
  it.each(['multipart/form-data', 'x; boundary=', `x; boundary=${'x'.repeat(71)}`])(
    'is missed in %s',
    (type) => {
      expect(() => boundaryOf(type)).toThrow(expect.objectContaining({ code: 'form-broken' }));
    },
  );
});
