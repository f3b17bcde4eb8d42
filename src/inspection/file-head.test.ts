import { describe, expect, test } from 'vitest';
import { isText, maxHeadSize, readFileHead } from './file-head.ts';

const isReadable = (bytes: Uint8Array, anyEncoding = false) => isText(readFileHead(bytes), anyEncoding);

/** The expected result, by the decoder of the platform. */
function decodes(bytes: Uint8Array): boolean {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return !/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(decoder.decode(bytes, { stream: bytes.length >= maxHeadSize }));
  } catch {
    return false;
  }
}

describe('text', () => {
  test.each(Array.from({ length: 256 }, (_, code) => code))('with byte %i', (code) => {
    for (let before = 0; before < 9; before++) {
      const bytes = Buffer.concat([Buffer.alloc(before, 'a'), Buffer.from([code]), Buffer.from('bc')]);
      expect(isReadable(bytes)).toBe(decodes(bytes));
      // For any alignment in memory.
      for (let skipped = 0; skipped <= before; skipped++)
        expect(isReadable(bytes.subarray(skipped))).toBe(decodes(bytes.subarray(skipped)));
    }
  });

  test.each(['é', '€', '😀'])('is recognised if a full head ends within %s', (letter) => {
    for (let before = 0; before < 5; before++) {
      const bytes = Buffer.from('a'.repeat(before) + letter.repeat(maxHeadSize / 2));
      expect(isReadable(bytes.subarray(0, maxHeadSize))).toBe(true);
    }
  });

  test.each([
    ['the middle of a letter', '\x82\xac'],
    ['a letter that is written too long', '\xc0\xaf'],
    ['half a surrogate', '\xed\xa0\x80'],
    ['a letter beyond Unicode', '\xf5\x80\x80\x80'],
    ['a letter cut short', 'a\xe2\x82'],
  ])('is not %s', (_what, latin1) => {
    const bytes = Buffer.from(latin1, 'latin1');
    expect(isReadable(bytes)).toBe(false);
    expect(isReadable(bytes, true)).toBe(true);
    expect(isReadable(Buffer.concat([bytes, Buffer.alloc(maxHeadSize, 'a')]))).toBe(false);
  });

  test('in UTF-16 requires a byte order mark', () => {
    expect(isReadable(Buffer.from('\ufeffJürgen 😀', 'utf16le'))).toBe(true);
    expect(isReadable(Buffer.from('\ufeffa\0b', 'utf16le'))).toBe(false);
    expect(isReadable(Buffer.from('abc', 'utf16le'), true)).toBe(false);
  });
});
