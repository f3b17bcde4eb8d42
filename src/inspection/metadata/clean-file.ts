import { type ByteSource, windowed } from '../archive/byte-source.ts';
import { cleanGif } from './clean-gif.ts';
import { cleanJpeg } from './clean-jpeg.ts';
import { cleanPng } from './clean-png.ts';
import { cleanTiff } from './clean-tiff.ts';
import { cleanWebp } from './clean-webp.ts';
import type { CleanedFormat } from './cleaned-format.ts';
import { type Cleaning, damagedFormat } from './draft.ts';

type Clean = (source: ByteSource) => Promise<Cleaning>;

const cleaners: Readonly<Record<CleanedFormat, Clean>> = {
  plain: async ({ size }) => ({ pieces: [{ from: 0, to: size }], removed: [] }),
  jpeg: cleanJpeg,
  png: cleanPng,
  webp: cleanWebp,
  gif: cleanGif,
  tiff: cleanTiff,
};

const windowSize = 256 * 1024;
const maxWindows = 16;

/**
 * Answers which bytes of a file stay. Pictures and sounds are never coded anew, so these bytes are those of the file. Throws
 * `MetadataStays`.
 */
export async function cleanFile(source: ByteSource, format: CleanedFormat): Promise<Cleaning> {
  try {
    return await cleaners[format](windowed(source, windowSize, maxWindows));
  } catch (error) {
    // Buffers throw it where a damaged file ends too early.
    throw error instanceof RangeError ? damagedFormat() : error;
  }
}
