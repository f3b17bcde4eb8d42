/**
 * Cleans JPEG (ITU-T T.81, annex B). An own walk over the segments: exif-be-gone loses the orientation, keeps what follows the
 * image, and needs the whole file as a stream.
 */
import type { ByteSource } from '../archive/byte-source.ts';
import type { Cleaning } from './draft.ts';
import { type CleaningDraft, createDraft, damagedFormat } from './draft.ts';
import { orientationBlock, readExif } from './exif-block.ts';

const marker = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app0: 0xe0, app15: 0xef, comment: 0xfe };
const scanStep = 256 * 1024;
const exifMark = Buffer.from('Exif\0\0', 'latin1');

export async function cleanJpeg(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  draft.keep(0, 2);
  for (let at = 2; ; ) {
    const found = await nextMarker(source, at, draft);
    if (found.code === marker.eoi) {
      draft.keep(found.at, found.at + 2);
      if (found.at + 2 < source.size) draft.drop('JPEG trailer');
      return draft.finish();
    }
    if (isAlone(found.code)) {
      draft.keep(found.at, found.at + 2);
      at = found.at + 2;
      continue;
    }
    const end = found.at + 2 + (await source.read(found.at + 2, found.at + 4)).readUInt16BE(0);
    if (end < found.at + 4 || end > source.size) throw damagedFormat();
    if (found.code === marker.sos) {
      at = await endOfScan(source, end);
      draft.keep(found.at, at);
      // A picture that was cut is shown as far as it goes.
      if (at >= source.size) return draft.finish();
      continue;
    }
    await cleanSegment(source, draft, { code: found.code, from: found.at, end });
    at = end;
  }
}

/** TEM and restart markers have no length. */
const isAlone = (code: number) => code === 1 || (code >= 0xd0 && code <= marker.soi);

async function nextMarker(
  source: ByteSource,
  from: number,
  draft: CleaningDraft,
): Promise<{ at: number; code: number }> {
  const bytes = await source.read(from, from + scanStep);
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1] as number;
    if (code === 0 || code === 0xff) continue;
    // One more byte than the marker may be needed for its length.
    if (code !== marker.eoi && from + at + 4 > source.size) throw damagedFormat();
    if (at > 0 && bytes.subarray(0, at).some((byte) => byte !== 0xff)) draft.drop('JPEG padding');
    return { at: from + at, code };
  }
  throw damagedFormat();
}

/** Entropy-coded bytes end at a marker other than a restart (B.1.1.5). */
async function endOfScan(source: ByteSource, from: number): Promise<number> {
  for (let at = from; at < source.size; ) {
    const bytes = await source.read(at, at + scanStep);
    let found = bytes.indexOf(0xff);
    for (; found >= 0 && found + 1 < bytes.length; found = bytes.indexOf(0xff, found)) {
      const next = bytes[found + 1] as number;
      const isCoded = next === 0 || (next >= 0xd0 && next <= 0xd7);
      if (!isCoded && next !== 0xff) return at + found;
      found += next === 0xff ? 1 : 2;
    }
    if (at + bytes.length >= source.size) break;
    at += found < 0 ? bytes.length : found;
  }
  return source.size;
}

interface Segment {
  readonly code: number;
  readonly from: number;
  readonly end: number;
}

async function cleanSegment(source: ByteSource, draft: CleaningDraft, { code, from, end }: Segment): Promise<void> {
  if (code === marker.comment) return draft.drop('JPEG comment');
  if (code < marker.app0 || code > marker.app15) return draft.keep(from, end);
  const content = (await source.read(from + 4, end)) as Buffer;
  const name = content.toString('latin1', 0, 32);
  if (code === marker.app0 && name.startsWith('JFIF\0') && content.length >= 14) {
    if (content.length === 14) return draft.keep(from, end);
    draft.drop('JFIF thumbnail');
    return draft.write(segment(code, Buffer.concat([content.subarray(0, 12), Buffer.alloc(2)])));
  }
  if (code === 0xe2 && name.startsWith('ICC_PROFILE\0')) return draft.keep(from, end);
  if (code === 0xee && name.startsWith('Adobe')) {
    if (content.length === 12) return draft.keep(from, end);
    draft.drop('JPEG APP14');
    return content.length < 12 ? undefined : draft.write(segment(code, content.subarray(0, 12)));
  }
  if (code === 0xe1 && content.subarray(0, 6).equals(exifMark)) return cleanExif(draft, content, from, end);
  draft.drop(nameOf(code, name));
}

function cleanExif(draft: CleaningDraft, content: Buffer, from: number, end: number): void {
  const { orientation, fields } = readExif(content.subarray(6));
  const block = orientationBlock(orientation);
  const kept = block && Buffer.concat([exifMark, block]);
  if (kept?.equals(content)) draft.keep(from, end);
  else {
    draft.drop(...(fields.length > 0 ? fields : ['EXIF']));
    if (kept) draft.write(segment(0xe1, kept));
  }
}

function segment(code: number, content: Buffer): Buffer {
  const header = Buffer.from([0xff, code, 0, 0]);
  header.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([header, content]);
}

function nameOf(code: number, name: string): string {
  if (name.startsWith('http://ns.adobe.com/x')) return 'XMP';
  if (name.startsWith('Photoshop 3.0')) return 'IPTC';
  if (name.startsWith('MPF\0')) return 'MPF';
  return `JPEG APP${code - marker.app0}`;
}
