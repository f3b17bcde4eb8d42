/** Reads an image's header before the browser decodes any pixels. */
import { BMP } from 'image-size/types/bmp';
import { GIF } from 'image-size/types/gif';
import { HEIF } from 'image-size/types/heif';
import { ICO } from 'image-size/types/ico';
import type { IImage } from 'image-size/types/interface';
import { JPG } from 'image-size/types/jpg';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';

interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const readers: Readonly<Record<string, IImage>> = {
  'image/bmp': BMP,
  'image/gif': GIF,
  'image/avif': HEIF,
  'image/x-icon': ICO,
  'image/jpeg': JPG,
  'image/png': PNG,
  'image/webp': WEBP,
};

/** Bytes to read: colour profiles and metadata may precede the size. */
export const maxHeaderLength = 1024 * 1024;

/** Undefined for an invalid header; the browser then decides. */
export function imageSize(header: Uint8Array, type: string): ImageSize | undefined {
  try {
    return readers[type]?.calculate(header);
  } catch {
    return undefined;
  }
}

const maxPixels = 100_000_000;

/** A guard against decompression bombs: small files can decode to gigabytes. */
export const hasTooManyPixels = (size: ImageSize | undefined): boolean =>
  size !== undefined && size.width * size.height > maxPixels;

/** True if the image may be animated, so that it needs a pause button. */
export function isAnimated(header: Uint8Array, type: string): boolean {
  const marks: Readonly<Record<string, string>> = {
    'image/gif': 'NETSCAPE2.0',
    'image/png': 'acTL',
    'image/webp': 'ANIM',
    'image/avif': 'avis',
  };
  const mark = marks[type];
  return mark !== undefined && includesMark(header.subarray(0, 4096), mark);
}

const includesMark = (bytes: Uint8Array, mark: string) => String.fromCharCode(...bytes).includes(mark);
