/** Cleans GIF (GIF89a specification): comments, application data and texts go; pictures, their timing and the loop stay. */
import type { ByteSource } from '../archive/byte-source.ts';
import { type Cleaning, type CleaningDraft, createDraft, damagedFormat } from './draft.ts';

const headerSize = 13;
const block = { extension: 0x21, image: 0x2c, end: 0x3b };
const extension = { text: 0x01, control: 0xf9, comment: 0xfe, application: 0xff };
const loopSize = 19;
const step = 64 * 1024;

const tableSize = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

export async function cleanGif(source: ByteSource): Promise<Cleaning> {
  const draft = createDraft();
  const header = await source.read(0, headerSize);
  if (header.length < headerSize) throw damagedFormat();
  let at = headerSize + tableSize(header[10] as number);
  draft.keep(0, at);
  for (;;) {
    const start = await source.read(at, at + 10);
    if (start.length === 0) throw damagedFormat();
    if (start[0] === block.end) {
      draft.keep(at, at + 1);
      if (at + 1 < source.size) draft.drop('GIF trailer');
      return draft.finish();
    }
    if (start.length < 3) throw damagedFormat();
    if (start[0] === block.image) {
      if (start.length < 10) throw damagedFormat();
      // The table of colours is followed by the size of codes.
      const end = await endOfBlocks(source, at + 11 + tableSize(start[9] as number));
      draft.keep(at, end);
      at = end;
    } else if (start[0] === block.extension) {
      const end = await endOfBlocks(source, at + 2);
      await cleanExtension(source, draft, { label: start[1] as number, from: at, end });
      at = end;
    } else throw damagedFormat();
  }
}

/** Blocks of up to 255 bytes follow one another; an empty one is the last. */
async function endOfBlocks(source: ByteSource, from: number): Promise<number> {
  for (let at = from; at < source.size; ) {
    const bytes = await source.read(at, at + step);
    let next = 0;
    for (; next < bytes.length; next += 1 + (bytes[next] as number)) if (bytes[next] === 0) return at + next + 1;
    at += next;
  }
  throw damagedFormat();
}

async function cleanExtension(
  source: ByteSource,
  draft: CleaningDraft,
  { label, from, end }: { readonly label: number; readonly from: number; readonly end: number },
): Promise<void> {
  if (label === extension.control) {
    if (end - from === 8) return draft.keep(from, end);
    throw damagedFormat();
  }
  if (label === extension.comment) return draft.drop('GIF comment');
  if (label === extension.text) return draft.drop('GIF plain text');
  if (label !== extension.application) return draft.drop('GIF private extension');
  const content = await source.read(from, Math.min(end, from + loopSize));
  const name = content.toString('latin1', 3, 14);
  const isLoop = (name === 'NETSCAPE2.0' || name === 'ANIMEXTS1.0') && content[14] === 3 && content[15] === 1;
  if (isLoop && end - from === loopSize) return draft.keep(from, end);
  draft.drop(name === 'XMP DataXMP' ? 'XMP' : 'GIF application data');
  if (isLoop) {
    draft.keep(from, from + loopSize - 1);
    draft.write(Buffer.alloc(1));
  }
}
