import { type FileHead, isText, maxHeadSize } from '../file-head.ts';

/** Size of the DOS header (`IMAGE_DOS_HEADER`), whose last field is the offset of the new header. */
const dosHeaderSize = 64;
const pageSize = 512;
/** Windows refuses a new header at this offset or beyond. */
const maxNewHeaderOffset = 256 * 1024 * 1024;

/** PE, and the 16-bit formats NE, LE and LX. */
const newHeader = /^(?:PE\0\0|NE|LE|LX)/;

/** The code in hex of the usual DOS stub, "This program cannot be run in DOS mode", without a header before it. */
const dosStub = /^0e1fba.{4}b409cd21b8.{2}4ccd21/;

function hasNewHeader(bytes: Buffer): boolean {
  if (bytes.length < dosHeaderSize) return false;
  const offset = bytes.readUInt32LE(dosHeaderSize - 4);
  if (offset + 4 <= bytes.length) return newHeader.test(bytes.toString('latin1', offset, offset + 4));
  return bytes.length >= maxHeadSize && offset < maxNewHeaderOffset;
}

/** DOS reads whole pages and the used bytes of the last one; the header is a part of them. A cut header counts as well. */
function isDosProgram(bytes: Buffer): boolean {
  const header = Buffer.alloc(dosHeaderSize);
  bytes.copy(header);
  const [lastPage, pages, paragraphs] = [header.readUInt16LE(2), header.readUInt16LE(4), header.readUInt16LE(8)];
  return lastPage < pageSize && paragraphs * 16 <= Math.max(pages * pageSize, dosHeaderSize);
}

/**
 * True for a program of Windows or DOS, by the structure of its headers. Text cannot be one: its letters as numbers mean
 * more pages than DOS can load, and a new header beyond any file.
 */
export function isWindowsProgram(head: FileHead): boolean {
  const { bytes } = head;
  if (bytes[0] === 0x0e) return dosStub.test(bytes.toString('hex', 0, 14));
  if (bytes[0] !== 0x4d || bytes[1] !== 0x5a || isText(head, true)) return false;
  return hasNewHeader(bytes) || isDosProgram(bytes);
}
