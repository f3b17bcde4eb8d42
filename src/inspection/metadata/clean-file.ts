import { type ByteSource, windowed } from '../archive/byte-source.ts';
import { cleanFlac, cleanMpegAudio, cleanWave } from './clean-audio.ts';
import { cleanGif } from './clean-gif.ts';
import { cleanJpeg } from './clean-jpeg.ts';
import { cleanMovie } from './clean-movie.ts';
import { cleanOgg } from './clean-ogg.ts';
import { cleanPng } from './clean-png.ts';
import { cleanTiff } from './clean-tiff.ts';
import { cleanWebp } from './clean-webp.ts';
import { type CleanMember, cleanZip } from './clean-zip.ts';
import type { CleanedFormat } from './cleaned-format.ts';
import { type Cleaning, damagedFormat, MetadataStays } from './draft.ts';

type Clean = (source: ByteSource, depth: number) => Promise<Cleaning>;

const cleaners: Readonly<Record<CleanedFormat, Clean>> = {
  plain: async ({ size }) => ({ pieces: [{ from: 0, to: size }], removed: [] }),
  jpeg: cleanJpeg,
  png: cleanPng,
  webp: cleanWebp,
  zip: (source, depth) => cleanZip(source, cleanMember(depth)),
  gif: cleanGif,
  tiff: cleanTiff,
  'mpeg-audio': cleanMpegAudio,
  flac: cleanFlac,
  wave: cleanWave,
  ogg: cleanOgg,
  movie: cleanMovie,
};

/** How many archives may be inside one another. */
const maxDepth = 3;

/** Cleans a file in an archive. */
const cleanMember =
  (depth: number): CleanMember =>
  async (source, format) => {
    if (depth >= maxDepth) throw new MetadataStays('damaged-file');
    return cleanFile(source, format, depth + 1);
  };

const windowSize = 256 * 1024;
const maxWindows = 16;

/**
 * Answers which bytes of a file stay. Pictures and sounds are never coded anew, so these bytes are those of the file. Throws
 * `MetadataStays`.
 */
export async function cleanFile(source: ByteSource, format: CleanedFormat, depth = 0): Promise<Cleaning> {
  try {
    // Files in archives are in memory, or in the windows of the archive.
    return await cleaners[format](depth === 0 ? windowed(source, windowSize, maxWindows) : source, depth);
  } catch (error) {
    // Buffers throw it where a damaged file ends too early.
    throw error instanceof RangeError ? damagedFormat() : error;
  }
}
