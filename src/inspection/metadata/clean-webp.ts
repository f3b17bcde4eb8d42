/** Cleans WebP (RFC 9649): of the chunks only those stay that draw the picture. */
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, type CleaningDraft, createDraft, damagedFormat, type Piece } from './draft.ts';
import { orientationBlock, readExif } from './exif-block.ts';

const kept = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ICCP']);
const keptInFrame = new Set(['VP8 ', 'VP8L', 'ALPH']);
const flags = { exif: 0x08, xmp: 0x04 };
const maxExif = 1024 ** 2;
const frameHeaderSize = 16;

interface Chunk {
  readonly type: string;
  readonly from: number;
  /** Behind its content, without the padding to an even size. */
  readonly contentEnd: number;
  readonly end: number;
}

async function* chunksOf(source: ByteSource, start: number, end: number): AsyncGenerator<Chunk> {
  for (let from = start; from + 8 <= end; ) {
    const header = await source.read(from, from + 8);
    const size = header.readUInt32LE(4);
    const contentEnd = from + 8 + size;
    // Some programs leave out the last padding.
    if (contentEnd > end) throw damagedFormat();
    const chunkEnd = Math.min(contentEnd + (size % 2), end);
    yield { type: header.toString('latin1', 0, 4), from, contentEnd, end: chunkEnd };
    from = chunkEnd;
  }
}

export async function cleanWebp(source: ByteSource): Promise<Cleaning> {
  const header = await source.read(0, 12);
  if (header.length < 12) throw damagedFormat();
  const end = 8 + header.readUInt32LE(4);
  if (end > source.size) throw damagedFormat();
  const body = createDraft();
  if (end < source.size) body.drop('WebP trailer');
  const exif = await orientationOf(source, end);
  for await (const chunk of chunksOf(source, 12, end)) {
    if (kept.has(chunk.type)) body.keep(chunk.from, chunk.end);
    else if (chunk.type === 'VP8X') await cleanFeatures(source, body, chunk, exif !== undefined);
    else if (chunk.type === 'ANMF') await cleanFrame(source, body, chunk);
    else if (chunk.type === 'EXIF') await cleanExif(source, body, chunk, exif);
    else body.drop(chunk.type === 'XMP ' ? 'XMP' : 'WebP private chunk');
  }
  return withHeader(body.finish(), header);
}

function withHeader({ pieces, removed }: Cleaning, header: Buffer): Cleaning {
  const draft = createDraft();
  const size = pieces.reduce((sum, piece) => sum + sizeOf(piece), 4);
  if (header.readUInt32LE(4) === size) draft.keep(0, 12);
  else {
    const changed = Buffer.from(header);
    changed.writeUInt32LE(size, 4);
    draft.write(changed);
  }
  for (const piece of pieces) {
    if ('to' in piece) draft.keep(piece.from, piece.to);
    else if ('bytes' in piece) draft.write(piece.bytes);
  }
  draft.drop(...removed);
  return draft.finish();
}

const sizeOf = (piece: Piece): number =>
  'to' in piece ? piece.to - piece.from : 'bytes' in piece ? piece.bytes.length : piece.zeros;

const exifOf = async (source: ByteSource, { from, contentEnd }: Chunk) => {
  const content = await source.read(from + 8, Math.min(contentEnd, from + 8 + maxExif));
  // Some programs write the mark of JPEG in front.
  return content.toString('latin1', 0, 6) === 'Exif\0\0' ? content.subarray(6) : content;
};

async function orientationOf(source: ByteSource, end: number): Promise<Buffer | undefined> {
  for await (const chunk of chunksOf(source, 12, end)) {
    if (chunk.type === 'EXIF') return orientationBlock(readExif(await exifOf(source, chunk)).orientation);
  }
  return undefined;
}

async function cleanExif(
  source: ByteSource,
  draft: CleaningDraft,
  chunk: Chunk,
  block: Buffer | undefined,
): Promise<void> {
  const content = await source.read(chunk.from + 8, Math.min(chunk.contentEnd, chunk.from + 8 + maxExif));
  if (block?.equals(content)) return draft.keep(chunk.from, chunk.end);
  const { fields } = readExif(await exifOf(source, chunk));
  draft.drop(...(fields.length > 0 ? fields : ['EXIF']));
  if (block) draft.write(riffChunk('EXIF', block));
}

/** The list of features in VP8X says whether there is metadata. */
async function cleanFeatures(
  source: ByteSource,
  draft: CleaningDraft,
  { from, end }: Chunk,
  hasExif: boolean,
): Promise<void> {
  const bytes = Buffer.from(await source.read(from, from + 18));
  if (bytes.length < 18) throw damagedFormat();
  const before = bytes[8] as number;
  const after = (before & ~flags.xmp & ~flags.exif) | (hasExif ? flags.exif : 0);
  bytes[8] = after;
  if (before === after && end === from + 18) return draft.keep(from, end);
  bytes.writeUInt32LE(10, 4);
  draft.write(bytes);
}

async function cleanFrame(source: ByteSource, draft: CleaningDraft, { from, contentEnd, end }: Chunk): Promise<void> {
  const parts: Chunk[] = [];
  let isChanged = false;
  for await (const part of chunksOf(source, from + 8 + frameHeaderSize, contentEnd)) {
    if (keptInFrame.has(part.type)) parts.push(part);
    else isChanged = true;
  }
  if (!isChanged) return draft.keep(from, end);
  draft.drop('WebP private chunk');
  const header = Buffer.from(await source.read(from, from + 8 + frameHeaderSize));
  if (header.length < 8 + frameHeaderSize) throw damagedFormat();
  header.writeUInt32LE(
    parts.reduce((sum, part) => sum + part.end - part.from, frameHeaderSize),
    4,
  );
  draft.write(header);
  for (const part of parts) draft.keep(part.from, part.end);
}

function riffChunk(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(type, 'latin1');
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}
