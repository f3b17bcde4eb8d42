/** Cleans Vorbis and Opus in Ogg (RFC 3533, RFC 7845): comments and pictures go, coded sound stays. */
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, type CleaningDraft, createDraft, damagedFormat, MetadataStays } from './draft.ts';

const headerSize = 27;
const maxSegments = 255;
const maxComment = 16 * 1024 ** 2;
const maxTrailer = 256 * 1024;
const flag = { continued: 1, begin: 2 };

/** A comment header without a name of the encoder and without comments. */
const emptyComment = {
  vorbis: Buffer.from('\x03vorbis\0\0\0\0\0\0\0\0\x01', 'latin1'),
  opus: Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1'),
};

interface Page {
  readonly from: number;
  readonly to: number;
  /** All bytes, the header included. */
  readonly bytes: Buffer;
  readonly segments: Buffer;
}

/** A stream whose headers are cleaned. Others may follow it: a chain. */
interface Stream {
  readonly serial: number;
  /** Added to the numbers of its pages, as its headers take more or fewer of them. */
  readonly shift: number;
  readonly end: number;
}

export async function cleanOgg(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  let stream: Stream | undefined;
  for (let at = 0; at < source.size; ) {
    if (stream && (await isTrailer(source, at))) {
      draft.drop('Ogg trailer');
      break;
    }
    const page = await readPage(source, at);
    if (flagsOf(page) & flag.begin) {
      stream = await cleanHeaders(source, page, draft);
      at = stream.end;
    } else {
      // Pages of other streams are pictures, texts or chapters, which nothing here reads.
      if (serialOf(page) !== stream?.serial) throw new MetadataStays('no-cleaner');
      keepRenumbered(page, stream.shift, draft);
      at = page.to;
    }
  }
  if (!stream) throw damagedFormat();
  return draft.finish();
}

/** Whether no page follows: tags of other formats, or nothing that is sound. */
async function isTrailer(source: ByteSource, at: number): Promise<boolean> {
  const isPage = (await source.read(at, at + 4)).toString('latin1') === 'OggS';
  if (isPage || source.size - at > maxTrailer) return false;
  return !(await source.read(at, source.size)).includes('OggS');
}

const flagsOf = ({ bytes }: Page): number => bytes[5] as number;
const serialOf = ({ bytes }: Page): number => bytes.readUInt32LE(14);
const numberOf = ({ bytes }: Page): number => bytes.readUInt32LE(18);

/** Players skip a page with a wrong checksum, so that it could hide anything. */
async function readPage(source: ByteSource, from: number): Promise<Page> {
  const header = await source.read(from, from + headerSize + maxSegments);
  if (header.length < headerSize || header.toString('latin1', 0, 5) !== 'OggS\0') throw damagedFormat();
  const segments = header.subarray(headerSize, headerSize + (header[26] as number));
  const to = from + headerSize + segments.length + segments.reduce((sum, size) => sum + size, 0);
  const bytes = await source.read(from, to);
  if (bytes.length < to - from || checksum(bytes) !== bytes.readUInt32LE(22)) throw damagedFormat();
  return { from, to, bytes, segments };
}

/** The first page has the kind of the sound; the next ones have its comments and, in Vorbis, its code books. */
async function cleanHeaders(source: ByteSource, first: Page, draft: CleaningDraft): Promise<Stream> {
  const head = first.bytes.subarray(headerSize + first.segments.length);
  const codec = first.segments.length === 1 ? codecOf(head) : undefined;
  if (!codec) throw new MetadataStays('no-cleaner');
  const [serial, number] = [serialOf(first), numberOf(first)];
  const read = await readPackets(source, first, codec === 'vorbis' ? 2 : 1);
  const [comment, ...setup] = read.packets as [Buffer, ...Buffer[]];
  draft.keep(first.from, first.to);
  if (comment.equals(emptyComment[codec])) {
    draft.keep(first.to, read.end);
    return { serial, shift: 0, end: read.end };
  }
  const start = codec === 'vorbis' ? 7 : 8;
  if (!comment.subarray(0, start).equals(emptyComment[codec].subarray(0, start))) throw damagedFormat();
  draft.drop(...fieldsOf(comment.subarray(start)));
  const pages = layOut([emptyComment[codec], ...setup], read.pages, { serial, number: number + 1 });
  for (const page of pages) draft.write(page);
  return { serial, shift: pages.length - read.pages, end: read.end };
}

/** The lengths are those of the specifications: nothing is behind the fields. */
function codecOf(head: Buffer): keyof typeof emptyComment | undefined {
  if (head.toString('latin1', 0, 7) === '\x01vorbis' && head.length === 30) return 'vorbis';
  const length = head[18] === 0 ? 19 : 21 + (head[9] as number);
  return head.toString('latin1', 0, 8) === 'OpusHead' && head.length === length ? 'opus' : undefined;
}

/** The packets after the first page. Sound begins on a page of its own. */
async function readPackets(source: ByteSource, first: Page, count: number) {
  const packets: Buffer[] = [];
  let parts: Buffer[] = [];
  let [end, pages] = [first.to, 0];
  while (packets.length < count) {
    const page = await readPage(source, end);
    if (serialOf(page) !== serialOf(first)) throw new MetadataStays('no-cleaner');
    let at = headerSize + page.segments.length;
    for (const size of page.segments) {
      parts.push(page.bytes.subarray(at, at + size));
      at += size;
      if (size === maxSegments) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    end = page.to;
    pages++;
    if (end - first.to > maxComment) throw damagedFormat();
  }
  if (packets.length > count || parts.length > 0) throw damagedFormat();
  return { packets, pages, end };
}

/** Names what a comment header has: the encoder, comments, pictures. */
function fieldsOf(header: Buffer): readonly string[] {
  const fields = new Set<string>();
  const vendor = header.readUInt32LE(0);
  if (vendor > 0) fields.add('Ogg encoder');
  const count = header.readUInt32LE(4 + vendor);
  let at = 8 + vendor;
  for (let index = 0; index < count; index++) {
    const name = header.toString('latin1', at + 4, at + 26).toUpperCase();
    fields.add(/^(?:METADATA_BLOCK_PICTURE|COVERART)/.test(name) ? 'Ogg picture' : 'Ogg comment');
    at += 4 + header.readUInt32LE(at);
  }
  return [...fields];
}

/** Pages with these packets: as many as there were if that is possible, so that the pages of the sound stay as they are. */
function layOut(
  packets: readonly Buffer[],
  wanted: number,
  { serial, number }: { readonly serial: number; readonly number: number },
): Buffer[] {
  const sizes = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / maxSegments)).fill(maxSegments),
    length % maxSegments,
  ]);
  const count = Math.max(Math.ceil(sizes.length / maxSegments), Math.min(wanted, sizes.length));
  const content = Buffer.concat(packets);
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    const first = Math.floor((index * sizes.length) / count);
    const segments = sizes.slice(first, Math.floor(((index + 1) * sizes.length) / count));
    const size = segments.reduce((sum, one) => sum + one, 0);
    const header = Buffer.alloc(headerSize);
    header.write('OggS', 'latin1');
    header[5] = first > 0 && sizes[first - 1] === maxSegments ? flag.continued : 0;
    // The place in the sound: its start, or none if no packet ends here.
    header.fill(segments.some((one) => one < maxSegments) ? 0 : 0xff, 6, 14);
    header.writeUInt32LE(serial, 14);
    header.writeUInt32LE((number + index) >>> 0, 18);
    header[26] = segments.length;
    const page = Buffer.concat([header, Buffer.from(segments), content.subarray(at, at + size)]);
    at += size;
    page.writeUInt32LE(checksum(page), 22);
    return page;
  });
}

function keepRenumbered(page: Page, shift: number, draft: CleaningDraft): void {
  if (shift === 0) {
    draft.keep(page.from, page.to);
    return;
  }
  const bytes = Buffer.from(page.bytes);
  bytes.writeUInt32LE((numberOf(page) + shift) >>> 0, 18);
  bytes.writeUInt32LE(checksum(bytes), 22);
  draft.write(Buffer.from(bytes.subarray(0, headerSize)));
  draft.keep(page.from + headerSize, page.to);
}

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest;
});

/** The CRC of a page with its field as zeros. It is not the one of `node:zlib`, whose bits are in the other order. */
function checksum(page: Buffer): number {
  let rest = 0;
  for (let at = 0; at < page.length; at++) {
    const byte = at >= 22 && at < 26 ? 0 : (page[at] as number);
    rest = (rest << 8) ^ (remainders[(rest >>> 24) ^ byte] as number);
  }
  return rest >>> 0;
}
