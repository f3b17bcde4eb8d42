import { describe, expect, it } from 'vitest';
import { bytesOf } from '../testing/samples.ts';
import { decodeText } from './decode.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** `Grüß` in UTF-16, after its byte order mark. */
const wide = '\xfe\xff\0G\0r\0\xfc\0\xdf';
const swapped = wide.replaceAll(/(.)(.)/gs, '$2$1');

describe('text is decoded', () => {
  it.each([
    ['UTF-8', utf8('Grüß')],
    ['UTF-8 with byte order mark', utf8('\ufeffGrüß')],
    ['UTF-16, little-endian', bytesOf(swapped)],
    ['UTF-16, big-endian', bytesOf(wide)],
    ['Windows-1252 if it is no valid UTF-8', bytesOf('Gr\xfc\xdf')],
  ])('as %s', (_name, bytes) => {
    expect(decodeText(bytes)).toBe('Grüß');
  });

  it('without a character that is cut at the end', () => {
    expect(decodeText(utf8('Grüß 你好').subarray(0, -1))).toBe('Grüß 你');
  });

  it('with normalized line ends', () => {
    expect(decodeText(bytesOf('a\r\nb\rc\n'))).toBe('a\nb\nc\n');
  });
});
