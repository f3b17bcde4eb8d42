/** Reads the headers of a tar archive in order: POSIX.1-2017 `pax`, with the long names and sizes of GNU tar. */
import type { ByteReader } from './byte-source.ts';

export interface TarEntry {
  readonly name: string;
  /** In bytes, as declared. */
  readonly size: number;
  /** True for a file with bytes, false for folders, links and devices. */
  readonly isFile: boolean;
  /** Takes the next bytes of it. Valid until the next entry is asked for. */
  take(size: number): Promise<Buffer>;
}

interface Attributes {
  path?: string;
  size?: number;
}

const blockSize = 512;
const zeroBlock = Buffer.alloc(blockSize);
/** A long name or a set of attributes is no larger than this in any honest archive. */
const maxAttributes = 1024 * 1024;

/** True if bytes begin with a tar header: its checksum is right. The 1979 format has no signature. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < blockSize || block[0] === 0) return false;
  const stated = Number.parseInt(text(block, 148, 156), 8);
  let [unsigned, signed] = [0, 0];
  for (let at = 0; at < blockSize; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] as number);
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return stated === unsigned || stated === signed;
}

function text(block: Buffer, from: number, to: number): string {
  const end = block.indexOf(0, from);
  return block.toString('utf8', from, end < 0 || end > to ? to : end).trim();
}

/** Octal digits, or base 256 if the first bit is set (GNU). */
function numberAt(block: Buffer, from: number, to: number): number {
  if (((block[from] ?? 0) & 0x80) === 0) return Number.parseInt(text(block, from, to), 8) || 0;
  let value = (block[from] as number) & 0x7f;
  for (let at = from + 1; at < to; at++) value = value * 256 + (block[at] as number);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

/** The attributes `path` and `size` of a pax header: records of "length key=value\n". */
function paxAttributes(records: Buffer): Attributes {
  const found: Attributes = {};
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(0x20, at);
    const length = Number(records.toString('latin1', at, space));
    if (space < 0 || !(length > space - at)) break;
    const [, key, value = ''] =
      /^(path|size)=([\s\S]*)\n$/.exec(records.toString('utf8', space + 1, at + length)) ?? [];
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = Number(value) || 0;
    at += length;
  }
  return found;
}

/** Names that belong to the next header: `L` is GNU's long name, `x` a pax header. */
const describesNext = /[Lx]/;

/** Yields entries in order; what is not taken of them is skipped. */
export async function* tarEntries(reader: ByteReader): AsyncGenerator<TarEntry> {
  let next: Attributes = {};
  for (;;) {
    const block = await reader.take(blockSize);
    if (block.equals(zeroBlock)) continue;
    if (!isTarHeader(block)) return;
    const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] as number);
    const size = next.size ?? numberAt(block, 124, 136);
    const padded = Math.ceil(size / blockSize) * blockSize;
    if (describesNext.test(type) && size <= maxAttributes) {
      const attributes = (await reader.take(padded)).subarray(0, size);
      next = { ...next, ...(type === 'x' ? paxAttributes(attributes) : { path: text(attributes, 0, size) }) };
      continue;
    }
    let taken = 0;
    const take = async (count: number) => {
      const bytes = await reader.take(Math.min(count, size - taken));
      taken += bytes.length;
      return bytes;
    };
    yield { name: next.path ?? nameOf(block), size, isFile: type === '0' || type === '7', take };
    next = {};
    await reader.skip(padded - taken);
  }
}

/** Only POSIX archives have a prefix; GNU tar keeps times there. */
function nameOf(block: Buffer): string {
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 500) : '';
  return prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`;
}
