import { type FileTypeResult, fileTypeFromBuffer } from 'file-type';
import { refuseDetected } from '../executables/executables.ts';
import { type FileType, typeOf } from './file-types.ts';

/** Signatures for which file-type would unpack the file, or read past the end of a head. */
const ownSignatures: readonly (readonly [bytes: string, extension: string])[] = [
  ['\x1f\x8b\x08', 'gz'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['.ra\xfd', 'ra'],
];

/** Audio behind an ID3 tag that is longer than the head: MP3, unless the name says FLAC, AAC or another audio type. */
export const taggedAudio: FileType = { extension: 'mp3', kind: 'audio', mimeType: 'audio/mpeg' };

const tagHeaderSize = 10;

const hasTag = (head: Uint8Array): boolean => Buffer.from(head.subarray(0, 3)).toString('latin1') === 'ID3';

/** The size has four bytes of seven bits (ID3v2.4, section 3.1). */
function isTagBeyond(head: Uint8Array): boolean {
  const size = head.subarray(6, tagHeaderSize).reduce((sum, byte) => (sum << 7) + (byte & 0x7f), 0);
  return hasTag(head) && tagHeaderSize + size >= head.length;
}

function ownSignature(head: Uint8Array): FileType | undefined {
  const first = Buffer.from(head.subarray(0, 8)).toString('latin1');
  const found = ownSignatures.find(([bytes]) => first.startsWith(bytes));
  return found && typeOf(found[1]);
}

/** Undefined also if file-type throws, as it does for some malformed input. */
async function fileTypeOf(head: Uint8Array): Promise<FileTypeResult | undefined> {
  try {
    return await fileTypeFromBuffer(head);
  } catch {
    return undefined;
  }
}

/** True if a RealMedia file has streams of sound and none of pictures, by the media types of its streams. */
function isSoundOnly(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return bytes.includes('audio/x-pn-') && !bytes.includes('video/x-pn-');
}

/** `asf` and `rm` may contain audio only. `dmg` is any zlib stream, which is neither a known type nor a reason to reject. */
function extensionFound({ ext, mime }: FileTypeResult, head: Uint8Array): string {
  if (ext === 'asf' && mime.startsWith('audio/')) return 'wma';
  if (ext === 'rm' && isSoundOnly(head)) return 'ra';
  return ext.toLowerCase();
}

/** Detects a type by signature; undefined if there is none. Throws `Problem` `executable-refused` for a program. */
export async function detect(head: Uint8Array): Promise<FileType | undefined> {
  if (isTagBeyond(head)) return taggedAudio;
  const own = ownSignature(head);
  if (own !== undefined) return own;
  const found = await fileTypeOf(head);
  if (found === undefined) return hasTag(head) ? taggedAudio : undefined;
  refuseDetected(found.ext);
  return typeOf(extensionFound(found, head));
}
