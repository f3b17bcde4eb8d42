/** Cleans PNG and APNG: of the chunks only those stay that draw the picture (W3C PNG, third edition, section 11). */
import { crc32 } from 'node:zlib';
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, type CleaningDraft, createDraft, damagedFormat } from './draft.ts';
import { orientationBlock, readExif } from './exif-block.ts';

const signatureSize = 8;
const kept = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs acTL fcTL fdAT'.split(' '),
);
/** The keywords that the standard registers; others may be anything. */
const keywords = new Set(
  'Title Author Description Copyright Software Disclaimer Warning Source Comment Collection'.split(' '),
);
const known = new Set('tIME sPLT eXIf'.split(' '));
const maxExif = 1024 ** 2;

export async function cleanPng(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  draft.keep(0, signatureSize);
  for (let at = signatureSize; ; ) {
    const header = await source.read(at, at + 8);
    if (header.length < 8) throw damagedFormat();
    const type = header.toString('latin1', 4);
    const end = at + 12 + header.readUInt32BE(0);
    if (end > source.size) throw damagedFormat();
    if (kept.has(type)) draft.keep(at, end);
    else await cleanChunk(source, draft, { type, from: at, end });
    at = end;
    if (type !== 'IEND') continue;
    if (at < source.size) draft.drop('PNG trailer');
    return draft.finish();
  }
}

async function cleanChunk(
  source: ByteSource,
  draft: CleaningDraft,
  { type, from, end }: { readonly type: string; readonly from: number; readonly end: number },
): Promise<void> {
  if (/^[tiz]TXt$|^tEXt$/.test(type)) {
    const start = (await source.read(from + 8, Math.min(end - 4, from + 8 + 80))).toString('latin1');
    const keyword = start.split('\0')[0] as string;
    if (keyword === 'XML:com.adobe.xmp') return draft.drop('XMP');
    return draft.drop(keywords.has(keyword) ? `PNG ${type} ${keyword}` : `PNG ${type}`);
  }
  if (type !== 'eXIf') return draft.drop(known.has(type) ? `PNG ${type}` : 'PNG private chunk');
  const content = await source.read(from + 8, Math.min(end - 4, from + 8 + maxExif));
  const { orientation, fields } = readExif(content);
  const block = orientationBlock(orientation);
  if (block?.equals(content)) return draft.keep(from, end);
  draft.drop(...(fields.length > 0 ? fields : ['EXIF']));
  if (block) draft.write(chunk(type, block));
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, check]);
}
