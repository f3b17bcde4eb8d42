/**
 * Cleans MP4, M4A and QuickTime (ISO/IEC 14496-12) in place: boxes of metadata become free space of zeros, so that no offset of
 * a sample changes.
 */
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, createDraft, damagedFormat, MetadataStays } from './draft.ts';

const keptBoxes = new Set(['ftyp', 'moov', 'mdat', 'moof', 'mfra', 'sidx', 'styp', 'ssix', 'prft']);
const containers = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'mvex', 'dinf']);
const metadataBoxes = new Set(['udta', 'meta', 'uuid', 'free', 'skip', 'wide', 'XMP_', 'iods']);
/** The kinds of tracks that are seen or heard; others are places, motions and the like. */
const shownTracks = new Set(['vide', 'soun', 'subt', 'text', 'sbtl', 'clcp', 'tmcd', 'auxv', 'pict']);
const most = { movie: 24 * 1024 ** 2, boxes: 10_000, samples: 20_000 };

interface Box {
  readonly type: string;
  readonly from: number;
  readonly body: number;
  readonly to: number;
}

interface Movie {
  /** The bytes of `moov`, which are changed. */
  readonly bytes: Buffer;
  readonly removed: Set<string>;
  /** Where samples of tracks are that go. */
  readonly blanked: { readonly from: number; readonly to: number }[];
}

/** The boxes between two places of a buffer. */
function boxesIn(bytes: Buffer, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let from = start; from + 8 <= end; ) {
    const short = bytes.readUInt32BE(from);
    const isLarge = short === 1;
    const size = isLarge ? Number(bytes.readBigUInt64BE(from + 8)) : short === 0 ? end - from : short;
    const to = from + size;
    if (size < (isLarge ? 16 : 8) || to > end || boxes.length > most.boxes) {
      // A list of QuickTime's may end with four zeros.
      if (short === 0) break;
      throw damagedFormat();
    }
    boxes.push({ type: bytes.toString('latin1', from + 4, from + 8), from, body: from + (isLarge ? 16 : 8), to });
    from = to;
  }
  return boxes;
}

export async function cleanMovie(source: ByteSource): Promise<Cleaning> {
  const removed = new Set<string>();
  const blanked: { from: number; to: number }[] = [];
  const changes: { readonly from: number; readonly bytes: Buffer }[] = [];
  let isFragmented = false;
  let boxes = 0;
  for (let at = 0; at < source.size; boxes++) {
    const header = await source.read(at, at + 16);
    if (header.length < 8 || boxes > most.boxes) throw damagedFormat();
    const isLarge = header.readUInt32BE(0) === 1;
    const size = isLarge ? Number(header.readBigUInt64BE(8)) : header.readUInt32BE(0) || source.size - at;
    const type = header.toString('latin1', 4, 8);
    if (size < (isLarge ? 16 : 8) || at + size > source.size) throw damagedFormat();
    isFragmented ||= type === 'moof';
    if (type === 'moov') {
      if (size > most.movie || isLarge) throw damagedFormat();
      const movie: Movie = { bytes: Buffer.from(await source.read(at, at + size)), removed, blanked };
      cleanBoxes(movie, boxesIn(movie.bytes, 8, size));
      changes.push({ from: at, bytes: movie.bytes });
    } else if (!keptBoxes.has(type)) {
      if (isLarge) throw damagedFormat();
      const isEmpty = type === 'free' && size === 8;
      if (!isEmpty && type !== 'free' && type !== 'wide' && type !== 'skip') removed.add('MP4 private box');
      changes.push({ from: at, bytes: Buffer.from(`${header.toString('latin1', 0, 4)}free`, 'latin1') });
      blanked.push({ from: at + 8, to: at + size });
    }
    at += size;
  }
  if (isFragmented && removed.has('MP4 metadata track')) throw new MetadataStays('no-cleaner');
  if (!changes.some(({ bytes }) => bytes.toString('latin1', 4, 8) === 'moov')) throw damagedFormat();
  return apply(source, changes, blanked, removed);
}

function cleanBoxes(movie: Movie, boxes: readonly Box[]): void {
  const { bytes, removed } = movie;
  for (const box of boxes) {
    if (box.type === 'trak' && !shownTracks.has(handlerOf(bytes, box))) {
      movie.blanked.push(...samplesOf(bytes, box));
      removed.add('MP4 metadata track');
      free(bytes, box);
    } else if (metadataBoxes.has(box.type)) {
      const wasEmpty = bytes.subarray(box.body, box.to).every((byte) => byte === 0);
      if (!wasEmpty) removed.add(`MP4 ${box.type === 'free' || box.type === 'skip' ? 'free space' : box.type}`);
      free(bytes, box);
    } else if (/^(?:mvhd|tkhd|mdhd)$/.test(box.type))
      blank(movie, box.body + 4, box.body + (bytes[box.body] === 1 ? 20 : 12), 'MP4 times');
    else if (box.type === 'hdlr') blank(movie, box.body + 24, box.to, 'MP4 handler name');
    else if (box.type === 'stsd') cleanEntries(movie, box);
    else if (containers.has(box.type)) cleanBoxes(movie, boxesIn(bytes, box.body, box.to));
  }
}

function blank({ bytes, removed }: Movie, from: number, to: number, field: string): void {
  const part = bytes.subarray(from, to);
  if (part.some((byte) => byte !== 0)) removed.add(field);
  part.fill(0);
}

function free(bytes: Buffer, { from, to }: Box): void {
  bytes.write('free', from + 4, 'latin1');
  bytes.fill(0, from + 8, to);
}

/** The name of the compressor, in entries of video. */
function cleanEntries(movie: Movie, { body, to }: Box): void {
  for (const entry of boxesIn(movie.bytes, body + 8, to))
    if (
      /^(?:avc\d|hvc1|hev1|mp4v|av01|vp0\d|jpeg|ap[ch][nsoh4x]|dvh\w)$/.test(entry.type) &&
      entry.to - entry.from >= 86
    )
      blank(movie, entry.from + 50, entry.from + 82, 'MP4 compressor name');
}

const find = (bytes: Buffer, { body, to }: Box, type: string) =>
  boxesIn(bytes, body, to).find((box) => box.type === type);

function handlerOf(bytes: Buffer, track: Box): string {
  const media = find(bytes, track, 'mdia');
  const handler = media && find(bytes, media, 'hdlr');
  return handler ? bytes.toString('latin1', handler.body + 8, handler.body + 12) : '';
}

/** Where the samples of a track are (8.7): chunks, and the sizes of the samples in them. */
function samplesOf(bytes: Buffer, track: Box): { from: number; to: number }[] {
  const table = ['mdia', 'minf', 'stbl'].reduce<Box | undefined>((box, type) => box && find(bytes, box, type), track);
  const parts = table ? boxesIn(bytes, table.body, table.to) : [];
  const part = (type: string) => parts.find((box) => box.type === type);
  const [sizes, runs, large] = [part('stsz'), part('stsc'), part('co64')];
  const chunks = part('stco') ?? large;
  if (!sizes || !runs || !chunks) throw damagedFormat();
  const [same, samples] = [bytes.readUInt32BE(sizes.body + 4), bytes.readUInt32BE(sizes.body + 8)];
  const [chunkCount, runCount] = [bytes.readUInt32BE(chunks.body + 4), bytes.readUInt32BE(runs.body + 4)];
  if (samples > most.samples || chunkCount > most.samples || runCount > most.samples) throw damagedFormat();
  const ranges: { from: number; to: number }[] = [];
  let [sample, run] = [0, 0];
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    const next = runs.body + 8 + (run + 1) * 12;
    if (run + 1 < runCount && bytes.readUInt32BE(next) <= chunk + 1) run += 1;
    const perChunk = bytes.readUInt32BE(runs.body + 8 + run * 12 + 4);
    const place = chunks.body + 8 + chunk * (large === chunks ? 8 : 4);
    const from = large === chunks ? Number(bytes.readBigUInt64BE(place)) : bytes.readUInt32BE(place);
    let to = from;
    for (let n = 0; n < perChunk && sample < samples; n++, sample++)
      to += same || bytes.readUInt32BE(sizes.body + 12 + sample * 4);
    ranges.push({ from, to });
  }
  return ranges;
}

interface Change {
  readonly from: number;
  readonly to: number;
  readonly bytes?: Buffer;
}

/** Zeros up to this number are looked for, so that a clean file stays one. */
const maxLook = 1024 ** 2;

async function isSame(source: ByteSource, { from, to, bytes }: Change): Promise<boolean> {
  if (to - from > Math.max(maxLook, bytes?.length ?? 0)) return false;
  const there = await source.read(from, to);
  return bytes ? there.equals(bytes) : there.every((byte) => byte === 0);
}

async function apply(
  source: ByteSource,
  changes: readonly { readonly from: number; readonly bytes: Buffer }[],
  blanked: readonly { readonly from: number; readonly to: number }[],
  removed: ReadonlySet<string>,
): Promise<Cleaning> {
  const draft = createDraft();
  const all: Change[] = [...changes.map(({ from, bytes }) => ({ from, to: from + bytes.length, bytes })), ...blanked];
  let at = 0;
  for (const change of all.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const { from, to, bytes } = change;
    if (from === to) continue;
    // Samples that share bytes with others or with boxes are those of no program.
    if (from < at || to > source.size) throw damagedFormat();
    draft.keep(at, from);
    if (await isSame(source, change)) draft.keep(from, to);
    else if (bytes) draft.write(bytes);
    else draft.blank(to - from);
    at = to;
  }
  draft.keep(at, source.size);
  draft.drop(...removed);
  return draft.finish();
}
