import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../test/clients/seeded-random.ts';
import { sourceOfBuffer } from '../archive/byte-source.ts';
import {
  exifBlock,
  gifBlocks,
  gifHeader,
  gifPicture,
  jpegPicture,
  jpegSegment,
  pngChunk,
  pngSignature,
  riffChunk,
  tiffBlock,
  webp,
} from '../testing/pictures.ts';
import { cleanFile } from './clean-file.ts';
import type { CleanedFormat } from './cleaned-format.ts';
import { MetadataStays } from './draft.ts';

const planted = 'Planted Person';
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const xmp = latin1(`http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>${planted}</x:xmpmeta>`);

async function clean(bytes: Buffer, format: CleanedFormat) {
  const { pieces, removed } = await cleanFile(sourceOfBuffer(bytes), format);
  const parts = pieces.map((piece) => {
    if ('to' in piece) return bytes.subarray(piece.from, piece.to);
    return 'bytes' in piece ? piece.bytes : Buffer.alloc(piece.zeros);
  });
  return { bytes: Buffer.concat(parts), removed };
}

const { start, jfif, colour, adobe, coded, end } = jpegPicture;
const features = (flags: number) => riffChunk('VP8X', Buffer.from([flags, 0, 0, 0, 1, 0, 0, 1, 0, 0]));
const pixels = riffChunk('VP8 ', latin1('coded pixels'));
const frame = (...parts: Buffer[]) => riffChunk('ANMF', Buffer.concat([Buffer.alloc(16, 1), ...parts]));
const loop = gifBlocks([0x21, 0xff], latin1('NETSCAPE2.0'), Buffer.from([1, 0, 0]));
const control = gifBlocks([0x21, 0xf9], Buffer.from([0, 1, 0, 0]));
const samples = latin1('coded samples of the picture');
const drawn = [
  { tag: 256, type: 3, value: 7 },
  { tag: 273, type: 4, value: 8 },
  { tag: 274, type: 3, value: 6 },
  { tag: 279, type: 4, value: samples.length },
] as const;
const ihdr = pngChunk('IHDR', Buffer.alloc(13, 1));
const idat = pngChunk('IDAT', 'coded pixels');
const iend = pngChunk('IEND', '');
const upright = (orientation: number) =>
  Buffer.concat([
    latin1('MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0'),
    Buffer.from([orientation, 0, 0, 0, 0, 0, 0]),
  ]);
const exifMark = latin1('Exif\0\0');

interface Case {
  readonly format: CleanedFormat;
  readonly dirty: Buffer;
  readonly clean: Buffer;
  readonly removed: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  JPEG: {
    format: 'jpeg',
    dirty: Buffer.concat([
      start,
      jfif,
      jpegSegment(0xe1, Buffer.concat([exifMark, exifBlock(6, planted, planted, planted)])),
      jpegSegment(0xe1, xmp),
      colour,
      jpegSegment(0xe2, latin1(`MPF\0${planted}`)),
      jpegSegment(0xed, latin1(`Photoshop 3.0\0${planted}`)),
      jpegSegment(0xe4, latin1(planted)),
      adobe,
      jpegSegment(0xfe, latin1(planted)),
      coded,
      jpegSegment(0xfe, latin1(planted)),
      jpegSegment(0xda, latin1('\x01\x01\0\0\x3f\0')),
      latin1('second scan'),
      end,
      latin1(planted),
    ]),
    clean: Buffer.concat([
      start,
      jfif,
      jpegSegment(0xe1, Buffer.concat([exifMark, upright(6)])),
      colour,
      adobe,
      coded,
      jpegSegment(0xda, latin1('\x01\x01\0\0\x3f\0')),
      latin1('second scan'),
      end,
    ]),
    removed: [
      'EXIF Artist',
      'EXIF Model',
      'EXIF UserComment',
      'IPTC',
      'JPEG APP4',
      'JPEG comment',
      'JPEG trailer',
      'MPF',
      'XMP',
    ],
  },
  'JPEG with an upright picture and a thumbnail': {
    format: 'jpeg',
    dirty: Buffer.concat([
      start,
      jpegSegment(0xe0, latin1('JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01rgb')),
      jpegSegment(0xe1, Buffer.concat([exifMark, exifBlock(1, planted)])),
      coded,
      end,
    ]),
    clean: Buffer.concat([start, jfif, coded, end]),
    removed: ['EXIF Model', 'JFIF thumbnail'],
  },
  PNG: {
    format: 'png',
    dirty: Buffer.concat([
      pngSignature,
      ihdr,
      pngChunk('tEXt', `Author\0${planted}`),
      pngChunk('zTXt', `${planted}\0\0x`),
      pngChunk('iTXt', `XML:com.adobe.xmp\0\0\0\0\0${planted}`),
      pngChunk('tIME', Buffer.alloc(7, 1)),
      pngChunk('eXIf', exifBlock(3, planted)),
      pngChunk('gAMA', Buffer.alloc(4, 1)),
      idat,
      pngChunk('prVt', planted),
      idat,
      iend,
      latin1(planted),
    ]),
    clean: Buffer.concat([
      pngSignature,
      ihdr,
      pngChunk('eXIf', upright(3)),
      pngChunk('gAMA', Buffer.alloc(4, 1)),
      idat,
      idat,
      iend,
    ]),
    removed: ['EXIF Model', 'PNG private chunk', 'PNG tEXt Author', 'PNG tIME', 'PNG trailer', 'PNG zTXt', 'XMP'],
  },
  WebP: {
    format: 'webp',
    dirty: Buffer.concat([
      webp(
        features(0x0c),
        riffChunk('ICCP', latin1('profile')),
        pixels,
        riffChunk('EXIF', exifBlock(1, planted)),
        riffChunk('XMP ', latin1(planted)),
        riffChunk('abcd', latin1(planted)),
      ),
      latin1(planted),
    ]),
    clean: webp(features(0), riffChunk('ICCP', latin1('profile')), pixels),
    removed: ['EXIF Model', 'WebP private chunk', 'WebP trailer', 'XMP'],
  },
  'WebP with frames and an orientation': {
    format: 'webp',
    dirty: webp(
      features(0x0a),
      frame(pixels, riffChunk('abcd', latin1(planted))),
      riffChunk('EXIF', exifBlock(8, planted)),
    ),
    clean: webp(features(0x0a), frame(pixels), riffChunk('EXIF', upright(8))),
    removed: ['EXIF Model', 'WebP private chunk'],
  },
  GIF: {
    format: 'gif',
    dirty: Buffer.concat([
      gifHeader,
      loop,
      gifBlocks([0x21, 0xfe], latin1(planted), latin1(planted)),
      gifBlocks([0x21, 0xff], latin1('XMP DataXMP'), latin1(planted)),
      control,
      gifPicture,
      gifBlocks([0x21, 0x01], Buffer.alloc(12), latin1(planted)),
      gifBlocks([0x21, 0xff], latin1('PRIVATE 1.0'), latin1(planted)),
      gifPicture,
      latin1(`;${planted}`),
    ]),
    clean: Buffer.concat([gifHeader, loop, control, gifPicture, gifPicture, latin1(';')]),
    removed: ['GIF application data', 'GIF comment', 'GIF plain text', 'GIF trailer', 'XMP'],
  },
};

describe('a picture is cleaned', () => {
  it.each(Object.entries(cases))('%s', async (_name, { format, dirty, clean: expected, removed }) => {
    const cleaned = await clean(dirty, format);
    expect(cleaned.bytes.toString('latin1')).toBe(expected.toString('latin1'));
    expect(cleaned.removed).toEqual(removed);
    expect(JSON.stringify(removed)).not.toContain(planted);
  });

  it.each(Object.entries(cases))(
    'once: what is clean stays as it is (%s)',
    async (_name, { format, clean: expected }) => {
      const { pieces, removed } = await cleanFile(sourceOfBuffer(expected), format);
      expect(pieces).toEqual([{ from: 0, to: expected.length }]);
      expect(removed).toEqual([]);
    },
  );

  it('TIFF, in its place', async () => {
    const dirty = tiffBlock(
      [
        [...drawn, { tag: 271, type: 2, value: latin1(planted) }, { tag: 700, type: 7, value: latin1(planted) }],
        [{ tag: 305, type: 2, value: latin1(planted) }],
      ],
      samples,
    );
    const { bytes, removed } = await clean(Buffer.concat([dirty, latin1(planted)]), 'tiff');
    expect(removed).toEqual(['EXIF Make', 'EXIF Software', 'EXIF XMP']);
    expect(bytes.includes(planted)).toBe(false);
    expect(bytes).toHaveLength(dirty.length + planted.length);
    expect(bytes.subarray(0, 8 + samples.length)).toEqual(dirty.subarray(0, 8 + samples.length));
    expect(bytes.readUInt16LE(8 + samples.length)).toBe(drawn.length);
    expect((await clean(bytes, 'tiff')).bytes).toEqual(bytes);
  });

  it('TIFF, but not the raw photo of a camera', async () => {
    const raw = tiffBlock([[...drawn, { tag: 50706, type: 4, value: 1 }]], samples);
    await expect(clean(raw, 'tiff')).rejects.toMatchObject({ reason: 'no-cleaner' });
  });
});

describe('a hostile picture', () => {
  it.each(Object.entries(cases))(
    'that is cut anywhere is refused, or cleaned (%s)',
    async (_name, { format, dirty }) => {
      for (let size = 12; size < dirty.length; size++) {
        const outcome = await clean(dirty.subarray(0, size), format).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MetadataStays);
      }
    },
  );

  it.each(Object.entries(cases))(
    'of 1,000 random changes never hangs or throws another error (%s)',
    async (_name, one) => {
      const { below } = createSeededRandom('pictures');
      for (let round = 0; round < 1_000; round++) {
        const bytes = Buffer.from(one.dirty);
        for (let change = 0; change < 4; change++) bytes[below(bytes.length)] = below(256);
        const outcome = await clean(bytes, one.format).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MetadataStays);
      }
    },
  );

  it('of a TIFF whose directories form a circle is refused', async () => {
    const circle = tiffBlock([[...drawn]], samples);
    circle.writeUInt32LE(8 + samples.length, circle.length - 4);
    await expect(clean(circle, 'tiff')).rejects.toMatchObject({ reason: 'damaged-file' });
  });
});
