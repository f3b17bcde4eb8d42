import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../test/clients/seeded-random.ts';
import { sourceOfBuffer } from '../archive/byte-source.ts';
import { cleanFile } from './clean-file.ts';
import { cleanedFormat } from './cleaned-format.ts';
import { MetadataStays } from './draft.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

async function clean(bytes: Buffer) {
  const { pieces, removed } = await cleanFile(sourceOfBuffer(bytes), 'ogg');
  const parts = pieces.map((piece) => {
    if ('to' in piece) return bytes.subarray(piece.from, piece.to);
    return 'bytes' in piece ? piece.bytes : Buffer.alloc(piece.zeros);
  });
  return { bytes: Buffer.concat(parts), removed, pieces };
}

/** The checksum of RFC 3533, bit by bit. */
function checksum(bytes: Buffer): number {
  let rest = 0n;
  for (const byte of bytes) {
    rest ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++) rest = (rest << 1n) ^ (rest & 0x80000000n ? 0x104c11db7n : 0n);
  }
  return Number(rest);
}

interface PageFacts {
  readonly number: number;
  readonly flags?: number;
  readonly place?: number;
  readonly serial?: number;
}

/** A page with these segments. */
function page({ number, flags = 0, place = 0, serial = 7 }: PageFacts, ...segments: Buffer[]): Buffer {
  const header = Buffer.concat([latin1('OggS\0'), Buffer.from([flags]), Buffer.alloc(8)]);
  header.writeBigInt64LE(BigInt(place), 6);
  const bytes = Buffer.concat([
    header,
    uint32(serial),
    uint32(number),
    uint32(0),
    Buffer.from([segments.length, ...segments.map(({ length }) => length)]),
    ...segments,
  ]);
  bytes.writeUInt32LE(checksum(bytes), 22);
  return bytes;
}

const segmentsOf = (packet: Buffer): Buffer[] =>
  Array.from({ length: Math.floor(packet.length / 255) + 1 }, (_, at) => packet.subarray(at * 255, (at + 1) * 255));

const text = (content: string) => Buffer.concat([uint32(content.length), latin1(content)]);
const fields = (vendor: string, ...comments: string[]) =>
  Buffer.concat([text(vendor), uint32(comments.length), ...comments.map(text)]);
const vorbisComment = (...all: [string, ...string[]]) =>
  Buffer.concat([latin1('\x03vorbis'), fields(...all), latin1('\x01')]);
const opusComment = (...all: [string, ...string[]]) => Buffer.concat([latin1('OpusTags'), fields(...all)]);

const artist = 'artist=Planted Person';
const picture = `METADATA_BLOCK_PICTURE=${'UGxhbnRlZCBQZXJzb24'.repeat(60)}`;
const vorbisHead = page({ number: 0, flags: 2 }, latin1(`${'\x01vorbis'.padEnd(29, '\x02')}\x01`));
const opusHead = page({ number: 0, flags: 2 }, latin1('OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0'));
const books = latin1('\x05vorbis'.padEnd(600, 'b'));
const sound = (number: number, flags = 0) =>
  page({ number, flags, place: number * 960 }, Buffer.alloc(255, number), Buffer.alloc(9, number));

/** A Vorbis file whose two pages of headers share a packet. */
function vorbis(comment: Buffer): Buffer {
  const segments = [...segmentsOf(comment), ...segmentsOf(books)];
  const at = Math.floor(segments.length / 2);
  const isContinued = segments[at - 1]?.length === 255;
  return Buffer.concat([
    vorbisHead,
    page({ number: 1 }, ...segments.slice(0, at)),
    page({ number: 2, flags: isContinued ? 1 : 0 }, ...segments.slice(at)),
    sound(3),
    sound(4, 4),
  ]);
}

const cleanVorbis = vorbis(vorbisComment(''));
const cleanOpus = Buffer.concat([opusHead, page({ number: 1 }, opusComment('')), sound(2), sound(3, 4)]);
/** An Opus file with a picture, whose comments end on the third page. */
const longComment = segmentsOf(opusComment('libopus 1.3', artist, picture));
const dirtyOpus = Buffer.concat([
  opusHead,
  page({ number: 1, place: -1 }, ...longComment.slice(0, 2)),
  page({ number: 2, place: -1, flags: 1 }, ...longComment.slice(2, 4)),
  page({ number: 3, flags: 1 }, ...longComment.slice(4)),
  sound(4),
  sound(5, 4),
]);
const renumbered = [sound(4), sound(5, 4)].map((bytes, index) => {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(2 + index, 18);
  changed.writeUInt32LE(0, 22);
  changed.writeUInt32LE(checksum(changed), 22);
  return changed;
});
const dirtyVorbis = vorbis(vorbisComment('Xiph.Org libVorbis', artist, 'DATE=2024'));

const cases: Readonly<Record<string, readonly [dirty: Buffer, clean: Buffer, removed: readonly string[]]>> = {
  Vorbis: [dirtyVorbis, cleanVorbis, ['Ogg comment', 'Ogg encoder']],
  'Vorbis without comments': [vorbis(vorbisComment('Lavf')), cleanVorbis, ['Ogg encoder']],
  'Opus with a picture': [
    dirtyOpus,
    Buffer.concat([cleanOpus.subarray(0, cleanOpus.indexOf(sound(2))), ...renumbered]),
    ['Ogg comment', 'Ogg encoder', 'Ogg picture'],
  ],
  'a chain with a tag behind it': [
    Buffer.concat([dirtyVorbis, cleanOpus, latin1('TAGPlanted Person'.padEnd(128, '\0'))]),
    Buffer.concat([cleanVorbis, cleanOpus]),
    ['Ogg comment', 'Ogg encoder', 'Ogg trailer'],
  ],
};

describe('Ogg is cleaned', () => {
  it.each(Object.entries(cases))('%s', async (_name, [dirty, expected, removed]) => {
    expect(cleanedFormat({ kind: 'audio', mimeType: 'audio/ogg' }, dirty)).toBe('ogg');
    const cleaned = await clean(dirty);
    expect(cleaned.bytes.toString('latin1')).toBe(expected.toString('latin1'));
    expect(cleaned.removed).toEqual(removed);
    const again = await clean(expected);
    expect(again.pieces).toEqual([{ from: 0, to: expected.length }]);
    expect(again.removed).toEqual([]);
  });
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
};

describe('Ogg is refused', () => {
  const shared = page({ number: 1 }, ...segmentsOf(opusComment('', artist)), Buffer.alloc(9));
  const foreign = page({ number: 0, serial: 8, flags: 2 }, latin1('\x80theora'));
  it.each([
    ['with another stream at its start', Buffer.concat([vorbisHead, foreign, dirtyVorbis]), 'no-cleaner'],
    [
      'with pages of another stream in its sound',
      Buffer.concat([cleanOpus, page({ number: 4, serial: 8 }, latin1('text'))]),
      'no-cleaner',
    ],
    ['with a wrong checksum', flipped(cleanOpus, cleanOpus.length - 1), 'damaged-file'],
    ['with bytes between its pages', Buffer.concat([cleanOpus, latin1('Planted Person'), cleanOpus]), 'damaged-file'],
    ['that ends in a page', cleanVorbis.subarray(0, -1), 'damaged-file'],
    ['without comments', Buffer.concat([opusHead, sound(1)]), 'damaged-file'],
    ['with sound on the page of the comments', Buffer.concat([opusHead, shared]), 'damaged-file'],
  ])('%s', async (_name, bytes, reason) => {
    await expect(clean(bytes)).rejects.toMatchObject({ reason });
  });

  it('if it is neither Vorbis nor Opus', () => {
    const speex = page({ number: 0, flags: 2 }, latin1('Speex   1.2'.padEnd(80, '\0')));
    expect(cleanedFormat({ kind: 'audio', mimeType: 'audio/ogg' }, speex)).toBeUndefined();
  });

  it.each([
    ['Vorbis', dirtyVorbis],
    ['Opus', dirtyOpus],
  ])('with no other error after 1,000 random changes (%s)', async (_name, bytes) => {
    const { below } = createSeededRandom('pages');
    for (let round = 0; round < 1_000; round++) {
      const changed = Buffer.from(bytes).subarray(0, below(3) === 0 ? below(bytes.length) : bytes.length);
      for (let change = 0; change < 4 && changed.length > 0; change++) changed[below(changed.length)] = below(256);
      const outcome = await clean(sealed(changed)).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MetadataStays);
    }
  });
});

/** With right checksums, so that changes reach what is behind them. */
function sealed(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf('OggS'); at >= 0; ) {
    const next = bytes.indexOf('OggS', at + 4);
    const whole = bytes.subarray(at, next < 0 ? bytes.length : next);
    if (whole.length > 27) {
      whole.writeUInt32LE(0, 22);
      whole.writeUInt32LE(checksum(whole), 22);
    }
    at = next;
  }
  return bytes;
}
