import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, openMultipart } from './multipart.ts';

const boundary = 'a-b';

/** The bytes in chunks of repeating sizes. The memory of a chunk is overwritten once the next one is requested. */
async function* inChunks(bytes: Buffer, sizes: readonly number[]) {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    const chunk = Uint8Array.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0);
    at += size;
  }
}

const disposition = (rest: string) => `Content-Disposition: form-data; ${rest}`;
const part = (headers: string, content: string | Buffer = '') =>
  Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`), Buffer.from(content)]);
const filePart = (content: string | Buffer) => part(disposition('name="file"; filename="a.txt"'), content);
const form = (...parts: readonly Buffer[]) =>
  Buffer.concat([...parts.flatMap((part) => [part, Buffer.from('\r\n')]), Buffer.from(`--${boundary}--\r\n`)]);

async function read(body: Buffer, sizes: readonly number[] = [body.length]) {
  const { name, type, bytes } = await openMultipart(inChunks(body, sizes), boundary);
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(Uint8Array.from(chunk));
  return { name, type, bytes: Buffer.concat(chunks) };
}

const codeOf = (body: Buffer, sizes?: readonly number[]) =>
  read(body, sizes).then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  );

describe('a multipart form', () => {
  it('yields its file, whatever its content and chunk sizes', async () => {
    // Chunks that resemble a delimiter.
    const fragments = fc.constantFrom('\r', '\n', '-', '--', '--a-', '\r\n--a-', 'a-b', 'x'.repeat(50));
    const contents = fc.array(fragments, { maxLength: 30 }).map((all) => all.join(''));
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

  it('may have a preamble and an epilogue', async () => {
    const body = Buffer.concat([Buffer.from('hello\r\n'), form(filePart('x')), Buffer.from('bye')]);
    for (const size of [1, 7, 1_000]) expect((await read(body, [size])).bytes.toString()).toBe('x');
  });

  it('has the name and the type of its file', async () => {
    const named = async (rest: string) => (await read(form(part(disposition(rest), 'x')))).name;
    expect(await named('name=file; filename=plain.txt')).toBe('plain.txt');
    expect(await named('name="file"; filename="C:\\dir\\a.txt"')).toBe('a.txt');
    expect(await named('name="file"; filename="../../a.txt"')).toBe('a.txt');
    expect(await named('name="file"; filename="猫.txt"')).toBe('猫.txt');
    expect(await named(`name="file"; filename*=UTF-8''%E7%8C%AB.txt`)).toBe('猫.txt');
    expect(await named('name="file"; filename="say %22hi%22 100%25 %2F.txt"')).toBe('say "hi" 100%25 %2F.txt');
    expect(await named('name="file"; filename="two%0D%0Alines.txt"')).toBe('two\r\nlines.txt');
    expect(await named('name="file"; filename="%0d.txt"')).toBe('%0d.txt');
    expect(await named(`name="file"; filename*=UTF-8''100%2522.txt`)).toBe('100%22.txt');
    const typed = part(`${disposition('name="file"; filename="a"')}\r\ncontent-type: IMAGE/png`, 'x');
    expect((await read(form(typed))).type).toBe('image/png');
    const folded = part('Content-Disposition: form-data;\r\n name="file"; filename="a.b"', 'x');
    expect((await read(form(folded))).name).toBe('a.b');
  });

  it.each([
    ['no file', 'field-missing', form(part(disposition('name="file"'), 'text'))],
    ['another field', 'field-missing', form(part(disposition('name="f"; filename="a"'), 'x'))],
    ['no parts', 'field-missing', form()],
    ['no file name', 'no-file-chosen', form(part(disposition('name="file"; filename=""')))],
    ['two files', 'too-many-files', form(filePart('a'), filePart('b'))],
    ['no closing delimiter', 'form-broken', form(filePart('abc')).subarray(0, -5)],
    ['an incomplete header', 'form-broken', Buffer.from(`--${boundary}\r\ncontent-dispo`)],
    ['too large a header', 'form-broken', form(part('x'.repeat(20_000)), filePart('a'))],
    [
      'too many fields',
      'form-broken',
      form(...Array.from({ length: 6 }, () => part(disposition('name="n"'), '1')), filePart('a')),
    ],
    ['too large a field', 'form-broken', form(part(disposition('name="n"'), 'x'.repeat(70_000)))],
    ['too large an epilogue', 'form-broken', Buffer.concat([form(filePart('a')), Buffer.alloc(70_000)])],
    ['a longer delimiter', 'form-broken', Buffer.from(`--${boundary}c\r\n\r\n`)],
  ])('with %s is rejected with %s', async (_what, code, body) => {
    for (const size of [1, 50, body.length]) expect(await codeOf(body, [size])).toBe(code);
  });

  it('closes its body after an error and after an early end', async () => {
    const watched = (body: Buffer) => {
      const watch = { isClosed: false };
      const source = async function* () {
        try {
          yield* inChunks(body, [20]);
        } finally {
          watch.isClosed = true;
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
    expect([bad.watch, left.watch]).toEqual([{ isClosed: true }, { isClosed: true }]);
  });
});

describe('a boundary', () => {
  it('is read from the content type', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc');
    expect(boundaryOf('multipart/form-data; charset=x; Boundary="a b"')).toBe('a b');
  });
  it.each(['multipart/form-data', 'x; boundary=', `x; boundary=${'x'.repeat(71)}`])(
    'is missing or invalid in %s',
    (type) => {
      expect(() => boundaryOf(type)).toThrow(expect.objectContaining({ code: 'form-broken' }));
    },
  );
});
