/** Cleans MP3 and AAC, FLAC (RFC 9639) and WAV: tags go, coded sound stays. */
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, type CleaningDraft, createDraft, damagedFormat } from './draft.ts';

const maxTags = 16;
const flacBlock = { info: 0, seekTable: 3, comment: 4, picture: 6 };
const keptInWave = new Set(['fmt ', 'fact', 'data']);

/** Tags stand before and behind the frames of the sound. */
export async function cleanMpegAudio(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  const from = await startOfSound(source, draft);
  const to = await endOfSound(source, from, draft);
  if (to <= from) throw damagedFormat();
  draft.keep(from, to);
  return draft.finish();
}

async function startOfSound(source: ByteSource, draft: CleaningDraft): Promise<number> {
  let at = 0;
  for (let tags = 0; tags < maxTags; tags++) {
    const header = await source.read(at, at + 32);
    const mark = header.toString('latin1', 0, 8);
    if (mark.startsWith('ID3') && header.length >= 10) {
      draft.drop('ID3');
      const hasFooter = ((header[5] as number) & 0x10) !== 0;
      at += 10 + synchsafe(header, 6) + (hasFooter ? 10 : 0);
    } else if (mark === 'APETAGEX' && header.length === 32) {
      draft.drop('APE');
      at += 32 + header.readUInt32LE(12);
    } else if (tags > 0 && header[0] === 0) at += await countZeros(source, at);
    else return at;
  }
  throw damagedFormat();
}

/** Some programs leave room behind a tag. */
async function countZeros(source: ByteSource, at: number): Promise<number> {
  const bytes = await source.read(at, at + 256 * 1024);
  const end = bytes.findIndex((byte) => byte !== 0);
  return end < 0 ? Math.max(1, bytes.length) : end;
}

/** ID3v2 numbers have seven bits in each byte. */
const synchsafe = (bytes: Buffer, at: number): number =>
  [0, 1, 2, 3].reduce((sum, index) => sum * 128 + ((bytes[at + index] as number) & 0x7f), 0);

async function endOfSound(source: ByteSource, from: number, draft: CleaningDraft): Promise<number> {
  let end = source.size;
  for (let tags = 0; tags < maxTags; tags++) {
    const tail = await source.read(Math.max(from, end - 128), end);
    const footer = tail.subarray(-32);
    const last = tail.toString('latin1', tail.length - 10);
    if (tail.length === 128 && tail.toString('latin1', 0, 3) === 'TAG') {
      draft.drop('ID3v1');
      end -= 128;
    } else if (footer.length === 32 && footer.toString('latin1', 0, 8) === 'APETAGEX') {
      draft.drop('APE');
      const hasHeader = footer.readUInt32LE(20) >= 0x80000000;
      end -= footer.readUInt32LE(12) + (hasHeader ? 32 : 0);
    } else if (last.startsWith('3DI') && tail.length >= 10) {
      draft.drop('ID3');
      end -= 20 + synchsafe(tail, tail.length - 4);
    } else if (tail.toString('latin1', tail.length - 9) === 'LYRICS200') {
      draft.drop('Lyrics3');
      end -= 15 + Number(tail.toString('latin1', tail.length - 15, tail.length - 9));
    } else return end;
    if (!(end > from)) throw damagedFormat();
  }
  throw damagedFormat();
}

export async function cleanFlac(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  const kept: { readonly from: number; readonly to: number; readonly type: number }[] = [];
  let at = 4;
  for (let isLast = false; !isLast; ) {
    const header = await source.read(at, at + 4);
    if (header.length < 4 || kept.length > maxTags) throw damagedFormat();
    const type = (header[0] as number) & 0x7f;
    isLast = (header[0] as number) >= 0x80;
    const to = at + 4 + header.readUIntBE(1, 3);
    if (type === flacBlock.info || type === flacBlock.seekTable) kept.push({ from: at, to, type });
    else
      draft.drop(
        type === flacBlock.comment ? 'FLAC comment' : type === flacBlock.picture ? 'FLAC picture' : 'FLAC block',
      );
    at = to;
  }
  if (kept.length === 0 || at >= source.size) throw damagedFormat();
  draft.keep(0, 4);
  for (const [index, { from, to, type }] of kept.entries()) {
    const first = type + (index === kept.length - 1 ? 0x80 : 0);
    if ((await source.read(from, from + 1))[0] === first) draft.keep(from, from + 1);
    else draft.write(Buffer.from([first]));
    draft.keep(from + 1, to);
  }
  draft.keep(at, await endOfSound(source, at, draft));
  return draft.finish();
}

export async function cleanWave(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  const header = Buffer.from(await source.read(0, 12));
  const kept: { readonly from: number; readonly to: number }[] = [];
  let chunks = 0;
  for (let at = 12; at + 8 <= source.size; chunks++) {
    const start = await source.read(at, at + 8);
    const size = start.readUInt32LE(4);
    const type = start.toString('latin1', 0, 4);
    if (at + 8 + size > source.size || chunks > 1_000) throw damagedFormat();
    const to = Math.min(at + 8 + size + (size % 2), source.size);
    if (keptInWave.has(type)) kept.push({ from: at, to });
    else draft.drop(type === 'LIST' ? 'WAV list' : type === 'bext' ? 'WAV broadcast data' : 'WAV chunk');
    at = to;
  }
  const size = kept.reduce((sum, { from, to }) => sum + to - from, 4);
  if (header.length < 12 || size === 4) throw damagedFormat();
  if (header.readUInt32LE(4) === size) draft.keep(0, 12);
  else {
    header.writeUInt32LE(size, 4);
    draft.write(header);
  }
  for (const { from, to } of kept) draft.keep(from, to);
  return draft.finish();
}
