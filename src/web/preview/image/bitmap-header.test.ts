import { describe, expect, it } from 'vitest';
import { bytesOf } from '../testing/samples.ts';
import { hasTooManyPixels, imageSize, isAnimated } from './bitmap-header.ts';

function png(width: number, height: number, more = ''): Uint8Array {
  const header = bytesOf(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR${'\0'.repeat(13)}....${more}`);
  const view = new DataView(header.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return header;
}

describe('the header of an image', () => {
  it('tells the size', () => {
    expect(imageSize(png(1200, 800), 'image/png')).toMatchObject({ width: 1200, height: 800 });
  });

  it('tells nothing if it is truncated or invalid', () => {
    expect(imageSize(png(1, 1).slice(0, 18), 'image/png')).toBeUndefined();
    expect(imageSize(bytesOf('not at all'), 'image/jpeg')).toBeUndefined();
  });

  it('tells an image too large to decode', () => {
    expect(hasTooManyPixels(imageSize(png(10_000, 10_000), 'image/png'))).toBe(false);
    expect(hasTooManyPixels(imageSize(png(10_001, 10_000), 'image/png'))).toBe(true);
  });

  it('tells an animation', () => {
    expect(isAnimated(png(1, 1, '\0\0\0\x08acTL'), 'image/png')).toBe(true);
    expect(isAnimated(png(1, 1), 'image/png')).toBe(false);
  });
});
