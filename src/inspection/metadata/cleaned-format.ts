/** Which formats can be cleaned, and how a file is recognised as one: by its bytes, whatever its name says. */
import type { StagedFile } from '../staged-file.ts';

/** `plain` holds nothing but its text. */
export type CleanedFormat =
  | 'plain'
  | 'jpeg'
  | 'png'
  | 'webp'
  | 'gif'
  | 'tiff'
  | 'zip'
  | 'mpeg-audio'
  | 'flac'
  | 'wave'
  | 'ogg'
  | 'movie';

/** Texts that tell of their author, device or place beside what they say. */
const tellingTexts = new Set([
  'text/html',
  'message/rfc822',
  'application/xml',
  'application/x-ipynb+json',
  'image/svg+xml',
  'text/vcard',
  'text/calendar',
]);

/** The first bytes in Latin-1; a dot stands for any byte. */
const signatures: readonly (readonly [CleanedFormat, string])[] = [
  ['jpeg', '\xff\xd8\xff'],
  ['png', '\x89PNG\r\n\x1a\n'],
  ['webp', 'RIFF....WEBP'],
  ['gif', 'GIF87a'],
  ['gif', 'GIF89a'],
  ['zip', 'PK\x03\x04'],
  ['flac', 'fLaC'],
  ['wave', 'RIFF....WAVE'],
  // The first page has only the header of its sound, which begins at byte 28.
  ['ogg', `OggS${'.'.repeat(24)}\x01vorbis`],
  ['ogg', `OggS${'.'.repeat(24)}OpusHead`],
];
/** Types that many formats begin like; the name or the content told them apart. */
const movieTypes = /^(?:audio\/mp4|video\/(?:mp4|x-m4v|quicktime|3gpp2?))$/;
const movieStarts = ['....ftyp', '....moov', '....mdat', '....wide', '....free'];
const mpegAudioTypes = /^audio\/(?:mpeg|aac)$/;
const tiffSignatures = ['II*\0', 'MM\0*'];

const begins = (text: string, signature: string): boolean =>
  [...signature].every((sign, index) => sign === '.' || text[index] === sign);

/** The format of a file by its first bytes and its type; undefined if it cannot be cleaned. */
export function cleanedFormat(
  { kind, mimeType }: Pick<StagedFile, 'kind' | 'mimeType'>,
  head: Uint8Array,
): CleanedFormat | undefined {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 512)).toString('latin1');
  const [format] = signatures.find(([, signature]) => begins(start, signature)) ?? [];
  if (format) return format;
  // Raw photos of cameras begin like TIFF.
  if (mimeType === 'image/tiff' && tiffSignatures.some((signature) => begins(start, signature))) return 'tiff';
  if (movieTypes.test(mimeType) && movieStarts.some((signature) => begins(start, signature))) return 'movie';
  if (mpegAudioTypes.test(mimeType) && /^(?:ID3|APETAGEX|\xff[\xe0-\xff])/.test(start)) return 'mpeg-audio';
  const isText = (kind === 'text' || kind === 'code') && !start.includes('\0');
  return isText && !tellingTexts.has(mimeType) ? 'plain' : undefined;
}
