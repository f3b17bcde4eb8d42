/**
 * Cleans TIFF (TIFF 6.0) in place: what draws the pictures keeps its position, and all other bytes become zeros. Raw photos,
 * whose private tags draw the picture, are refused.
 */
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, createDraft, damagedFormat, MetadataStays } from './draft.ts';
import { tagName } from './exif-block.ts';

/** The tags that say how samples are stored, shown and oriented. */
const kept = new Set([
  254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 290, 291,
  292, 293, 296, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 334, 336, 338, 339, 340, 341, 342, 347,
  529, 530, 531, 532, 559, 34675,
]);
const tag = { compression: 259, stripOffsets: 273, stripCounts: 279, tileOffsets: 324, tileCounts: 325, subs: 330 };
/** CFA patterns, DNG versions and the like. */
const rawTags = new Set([33421, 33422, 50706, 50740]);
const oldJpeg = 6;
const typeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const most = { directories: 1_000, tags: 500, values: 200_000, total: 400_000 };

interface Range {
  readonly from: number;
  readonly to: number;
  /** In place of the bytes there. */
  readonly bytes?: Buffer;
}

interface Entry {
  readonly tag: number;
  readonly raw: Buffer;
  readonly type: number;
  readonly count: number;
  readonly place: { readonly from: number; readonly to: number } | undefined;
}

interface Tiff {
  readonly source: ByteSource;
  readonly isLittle: boolean;
  readonly removed: Set<string>;
  readonly ranges: Range[];
}

const uint16 = ({ isLittle }: Tiff, bytes: Buffer, at: number) =>
  isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
const uint32 = ({ isLittle }: Tiff, bytes: Buffer, at: number) =>
  isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

async function readAt(source: ByteSource, from: number, size: number): Promise<Buffer> {
  const bytes = await source.read(from, from + size);
  if (bytes.length < size) throw damagedFormat();
  return bytes;
}

export async function cleanTiff(source: ByteSource): Promise<Cleaning> {
  const header = await readAt(source, 0, 16);
  const tiff: Tiff = { source, isLittle: header[0] === 0x49, removed: new Set(), ranges: [{ from: 0, to: 8 }] };
  if (header.toString('latin1', 8, 10) === 'CR') throw new MetadataStays('no-cleaner');
  const queue = [uint32(tiff, header, 4)];
  const seen = new Set<number>();
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (at === 0) continue;
    if (seen.has(at) || seen.size >= most.directories) throw damagedFormat();
    seen.add(at);
    queue.push(...(await cleanDirectory(tiff, at)));
  }
  return join(tiff);
}

/** Answers where the next directories are. */
async function cleanDirectory(tiff: Tiff, at: number): Promise<number[]> {
  const { source, removed, ranges } = tiff;
  const count = uint16(tiff, await readAt(source, at, 2), 0);
  if (count > most.tags) throw damagedFormat();
  const bytes = await readAt(source, at + 2, count * 12 + 4);
  const entries = Array.from({ length: count }, (_, n) => entryOf(tiff, bytes.subarray(n * 12, n * 12 + 12)));
  if (entries.some((entry) => rawTags.has(entry.tag))) throw new MetadataStays('no-cleaner');
  const left = entries.filter((entry) => kept.has(entry.tag));
  for (const entry of entries) if (!left.includes(entry)) removed.add(tagName(entry.tag));
  for (const { place } of left) if (place) ranges.push(place);
  const values = new Map<number, number[]>();
  for (const name of Object.values(tag)) {
    const entry = left.find((one) => one.tag === name);
    if (entry) values.set(name, await valuesOf(tiff, entry));
  }
  if (values.get(tag.compression)?.[0] === oldJpeg) throw new MetadataStays('no-cleaner');
  addSamples(tiff, values.get(tag.stripOffsets), values.get(tag.stripCounts));
  addSamples(tiff, values.get(tag.tileOffsets), values.get(tag.tileCounts));
  // The directory is written shorter; the rest of its place becomes zeros.
  const size = Buffer.alloc(2);
  if (tiff.isLittle) size.writeUInt16LE(left.length);
  else size.writeUInt16BE(left.length);
  const link = bytes.subarray(count * 12);
  const shorter = Buffer.concat([size, ...left.map(({ raw }) => raw), link]);
  ranges.push(
    left.length === count
      ? { from: at, to: at + 2 + bytes.length }
      : { from: at, to: at + shorter.length, bytes: shorter },
  );
  return [...(values.get(tag.subs) ?? []), uint32(tiff, link, 0)];
}

function entryOf(tiff: Tiff, raw: Buffer): Entry {
  const [type, count] = [uint16(tiff, raw, 2), uint32(tiff, raw, 4)];
  const size = (typeSizes[type] ?? 0) * count;
  const from = uint32(tiff, raw, 8);
  return { tag: uint16(tiff, raw, 0), raw, type, count, place: size > 4 ? { from, to: from + size } : undefined };
}

async function valuesOf(tiff: Tiff, { raw, type, count, place }: Entry): Promise<number[]> {
  if (count > most.values || ![3, 4, 13].includes(type)) throw damagedFormat();
  const size = typeSizes[type] as number;
  const bytes = place ? await readAt(tiff.source, place.from, count * size) : raw.subarray(8, 8 + count * size);
  return Array.from({ length: count }, (_, n) =>
    size === 2 ? uint16(tiff, bytes, n * 2) : uint32(tiff, bytes, n * 4),
  );
}

function addSamples({ ranges }: Tiff, offsets: readonly number[] = [], counts: readonly number[] = []): void {
  if (offsets.length !== counts.length || ranges.length + offsets.length > most.total) throw damagedFormat();
  for (const [index, from] of offsets.entries()) ranges.push({ from, to: from + (counts[index] as number) });
}

function join({ source, removed, ranges }: Tiff): Cleaning {
  const draft = createDraft();
  let at = 0;
  for (const { from, to, bytes } of ranges.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (to > source.size) throw damagedFormat();
    if (bytes && from < at) throw damagedFormat();
    if (to <= at) continue;
    draft.blank(from - at);
    if (bytes) draft.write(bytes);
    else draft.keep(Math.max(from, at), to);
    at = to;
  }
  draft.blank(source.size - at);
  draft.drop(...removed);
  return draft.finish();
}
