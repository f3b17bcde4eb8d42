import { isUtf8 } from 'node:buffer';

/** Bytes at the start of a file that inspection reads. */
export const maxHeadSize = 64 * 1024;

const openingSize = 4096;

/** The first bytes of a file. */
export interface FileHead {
  readonly bytes: Buffer;
  /** The first 4 KiB as characters, without a byte order mark, to match ASCII marks in any encoding. */
  readonly opening: string;
}

export function readFileHead(first: Uint8Array): FileHead {
  const bytes = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, maxHeadSize));
  return { bytes, opening: openingOf(bytes.subarray(0, openingSize)) };
}

/** A "binary data byte" of WHATWG MIME Sniffing 3. Tab, line ends, form feed and escape are text. */
const isBinaryByte = (code: number): boolean =>
  code < 0x20 && !(code === 9 || code === 10 || code === 12 || code === 13 || code === 27);

/** Tests four bytes at a time for values below 0x20 ("Hacker's Delight", section 6-1). */
function hasBinaryByte(bytes: Buffer): boolean {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const words = new Int32Array(buffer, byteOffset, length >> 2);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    const hasLowByte = ((word - 0x20202020) & ~word & 0x80808080) !== 0;
    if (hasLowByte && hasBinaryCode(bytes, 4 * at, 4 * at + 4)) return true;
  }
  return hasBinaryCode(bytes, 4 * words.length, length);
}

function hasBinaryCode(codes: ArrayLike<number>, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (isBinaryByte(codes[at] as number)) return true;
  return false;
}

function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/**
 * True for text without control characters (WHATWG MIME Sniffing 7): UTF-8, or UTF-16 with a byte order mark. With
 * `anyEncoding` also for one-byte encodings such as Latin-1.
 */
export function isText({ bytes }: FileHead, anyEncoding: boolean): boolean {
  const utf16 = utf16Of(bytes);
  const isUtf16 = utf16 && isUtf16Text(bytes, utf16);
  if (isUtf16 !== undefined) return isUtf16;
  return !hasBinaryByte(bytes) && (anyEncoding || isUtf8(trimPartialCharacter(bytes)));
}

/** Undefined if the bytes are not valid UTF-16. */
function isUtf16Text(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): boolean | undefined {
  try {
    const decoder = new TextDecoder(encoding, { fatal: true });
    const text = decoder.decode(bytes, { stream: bytes.length >= maxHeadSize });
    const codes = Uint16Array.from(text, (letter) => letter.charCodeAt(0));
    return !hasBinaryCode(codes, 0, codes.length);
  } catch {
    return undefined;
  }
}

/** Removes an incomplete UTF-8 character at the end of a full head (RFC 3629, section 3). */
function trimPartialCharacter(bytes: Buffer): Buffer {
  if (bytes.length < maxHeadSize) return bytes;
  const first = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  const byte = bytes[first] ?? 0;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
  return first + length > bytes.length ? bytes.subarray(0, first) : bytes;
}

function openingOf(first: Buffer): string {
  const utf16 = utf16Of(first);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(first);
  const hasBom = first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf;
  return first.toString('latin1', hasBom ? 3 : 0);
}
