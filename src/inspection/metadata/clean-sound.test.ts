import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../test/clients/seeded-random.ts';
import { sourceOfBuffer } from '../archive/byte-source.ts';
import { riffChunk } from '../testing/pictures.ts';
import { cleanFile } from './clean-file.ts';
import { type CleanedFormat, cleanedFormat } from './cleaned-format.ts';
import { MetadataStays } from './draft.ts';

const planted = 'Planted Person';
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const zeros = (count: number) => Buffer.alloc(count);

async function clean(bytes: Buffer, format: CleanedFormat) {
  const { pieces, removed } = await cleanFile(sourceOfBuffer(bytes), format);
  const parts = pieces.map((piece) => {
    if ('to' in piece) return bytes.subarray(piece.from, piece.to);
    return 'bytes' in piece ? piece.bytes : Buffer.alloc(piece.zeros);
  });
  return { bytes: Buffer.concat(parts), removed, pieces };
}

const uint32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
};
const box = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint32(body.length + 8), latin1(type), body]);
};

const frames = Buffer.concat([latin1('\xff\xfb\x90\x64'), Buffer.alloc(400, 5)]);
const id3 = Buffer.concat([latin1('ID3\x04\0\0\0\0\0\x18TPE1'), latin1(planted.padEnd(20))]);
const id3v1 = latin1(`TAG${planted}`.padEnd(128, '\0'));
const ape = Buffer.concat([latin1(planted), latin1('APETAGEX\xd0\x07\0\0'), Buffer.from([46, 0, 0, 0]), zeros(16)]);

const flacBlock = (type: number, content: Buffer) => {
  const header = uint32(content.length);
  header[0] = type;
  return Buffer.concat([header, content]);
};
const info = zeros(34);
const wave = (...chunks: Buffer[]) => {
  const body = Buffer.concat([latin1('WAVE'), ...chunks]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([latin1('RIFF'), size, body]);
};
const format = riffChunk('fmt ', zeros(16));
const data = riffChunk('data', latin1('coded sound'));

const handler = (type: string, name: string) => box('hdlr', zeros(8), latin1(type), zeros(12), latin1(`${name}\0`));
const times = (date: number) => uint32(0, date, date, 1000, 5000);
/** An entry of a video: the name of its compressor stands at byte 50. */
const video = (name: string) => box('avc1', zeros(42), latin1(name.padEnd(32, '\0')), zeros(4));
const track = (type: string, name: string, date: number, at: number, size: number, entry: Buffer) =>
  box(
    'trak',
    box('tkhd', times(date), zeros(60)),
    box(
      'mdia',
      box('mdhd', times(date), zeros(4)),
      handler(type, name),
      box(
        'minf',
        box(
          'stbl',
          box('stsd', uint32(0, 1), entry),
          box('stsc', uint32(0, 1, 1, 1, 1)),
          box('stsz', uint32(0, size, 1)),
          box('stco', uint32(0, 1, at)),
        ),
      ),
    ),
  );

const picture = latin1('coded pictures');
/** A movie with a track of pictures and one of places. */
function movie(name: string, date: number): Buffer {
  const begin = box('ftyp', latin1('isom\0\0\0\0'));
  const samples = box('mdat', picture, latin1(name));
  const place = begin.length + 8;
  const parts = [
    box('mvhd', times(date), zeros(80)),
    track('vide', name, date, place, picture.length, video(name)),
    track('meta', name, date, place + picture.length, name.length, box('gpmd', zeros(8))),
    box('udta', box('\xa9xyz', latin1(`+47.3+008.5/${name}`))),
    box('meta', zeros(4), latin1(name)),
  ];
  return Buffer.concat([
    begin,
    samples,
    box('moov', ...parts),
    box('uuid', zeros(16), latin1(name)),
    box('free', latin1(name)),
  ]);
}
const dirtyMovie = movie(planted, 0xd0000000);

interface Case {
  readonly format: CleanedFormat;
  readonly mimeType: string;
  readonly dirty: Buffer;
  readonly clean: Buffer;
  readonly removed: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  MP3: {
    format: 'mpeg-audio',
    mimeType: 'audio/mpeg',
    dirty: Buffer.concat([id3, id3, zeros(7), frames, ape, id3v1]),
    clean: frames,
    removed: ['APE', 'ID3', 'ID3v1'],
  },
  FLAC: {
    format: 'flac',
    mimeType: 'audio/flac',
    dirty: Buffer.concat([
      latin1('fLaC'),
      flacBlock(0, info),
      flacBlock(4, latin1(planted)),
      flacBlock(6, latin1(planted)),
      flacBlock(0x81, latin1(planted)),
      latin1('\xff\xf8coded sound'.padEnd(200)),
      id3v1,
    ]),
    clean: Buffer.concat([latin1('fLaC'), flacBlock(0x80, info), latin1('\xff\xf8coded sound'.padEnd(200))]),
    removed: ['FLAC block', 'FLAC comment', 'FLAC picture', 'ID3v1'],
  },
  WAV: {
    format: 'wave',
    mimeType: 'audio/wav',
    dirty: wave(
      riffChunk('bext', latin1(planted)),
      format,
      data,
      riffChunk('LIST', latin1(`INFOIART${planted}`)),
      riffChunk('id3 ', id3),
    ),
    clean: wave(format, data),
    removed: ['WAV broadcast data', 'WAV chunk', 'WAV list'],
  },
};

describe('a sound is cleaned', () => {
  it.each(Object.entries(cases))('%s', async (_name, { dirty, clean: expected, removed, ...one }) => {
    expect(cleanedFormat({ kind: 'audio', mimeType: one.mimeType }, dirty)).toBe(one.format);
    const cleaned = await clean(dirty, one.format);
    expect(cleaned.bytes.toString('latin1')).toBe(expected.toString('latin1'));
    expect(cleaned.removed).toEqual(removed);
    const again = await clean(expected, one.format);
    expect(again.pieces).toEqual([{ from: 0, to: expected.length }]);
    expect(again.removed).toEqual([]);
  });
});

describe('a movie is cleaned', () => {
  it('in its place, with the places where it was taken', async () => {
    expect(cleanedFormat({ kind: 'video', mimeType: 'video/quicktime' }, dirtyMovie)).toBe('movie');
    const { bytes, removed } = await clean(dirtyMovie, 'movie');
    expect(bytes).toHaveLength(dirtyMovie.length);
    expect(bytes.toString('latin1')).not.toMatch(/Planted|Person|xyz|gpmd|\xd0\0\0\0/);
    expect(bytes.indexOf(picture)).toBe(dirtyMovie.indexOf(picture));
    expect(bytes.subarray(0, 24 + picture.length)).toEqual(dirtyMovie.subarray(0, 24 + picture.length));
    expect(removed).toEqual([
      'MP4 compressor name',
      'MP4 handler name',
      'MP4 meta',
      'MP4 metadata track',
      'MP4 private box',
      'MP4 times',
      'MP4 udta',
    ]);
    const again = await clean(bytes, 'movie');
    expect(again.pieces).toEqual([{ from: 0, to: bytes.length }]);
    expect(again.removed).toEqual([]);
  });

  it('but not with samples of places in the boxes', async () => {
    const at = dirtyMovie.lastIndexOf('stco') + 12;
    const shared = Buffer.from(dirtyMovie);
    shared.writeUInt32BE(dirtyMovie.indexOf('moov') + 10, at);
    await expect(clean(shared, 'movie')).rejects.toMatchObject({ reason: 'damaged-file' });
  });
});

describe('a hostile recording', () => {
  const dirty = Object.values(cases).map((one) => [one.format, one.dirty] as const);
  it.each([...dirty, ['movie', dirtyMovie] as const])(
    'of 1,000 random changes throws no other error (%s)',
    async (kind, bytes) => {
      const { below } = createSeededRandom('recordings');
      for (let round = 0; round < 1_000; round++) {
        const changed = Buffer.from(bytes).subarray(0, below(3) === 0 ? below(bytes.length) : bytes.length);
        for (let change = 0; change < 4 && changed.length > 0; change++) changed[below(changed.length)] = below(256);
        const outcome = await clean(changed, kind).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MetadataStays);
      }
    },
  );
});
