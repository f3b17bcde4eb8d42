/**
 * Content sniffing by magic numbers. The declared kind and name are the giver's word: they only choose between types
 * that the bytes allow.
 */
import type { Parcel } from '../state/exchange.ts';

export interface DetectedType {
  readonly as: 'picture' | 'drawing' | 'text' | 'markdown' | 'table' | 'sound' | 'film' | 'pdf' | 'archive' | 'nothing';
  /** The media type for the browser's decoder; for archives the format. */
  readonly type: string;
}

export type DeclaredType = Pick<Parcel, 'name' | 'kind'>;

/** Bytes of the file's start that are enough to detect the type. */
export const sniffLength = 4096;

const nothing: DetectedType = { as: 'nothing', type: '' };

/** A magic number at an offset, as Latin-1; `.` matches any byte. */
type Signature = readonly [offset: number, bytes: string, sight: DetectedType];

const image = (type: string): DetectedType => ({ as: 'picture', type: `image/${type}` });
const sound = (type: string): DetectedType => ({ as: 'sound', type: `audio/${type}` });
const archive = (type: string): DetectedType => ({ as: 'archive', type });

const signatures: readonly Signature[] = [
  [0, '\x89PNG\r\n\x1a\n', image('png')],
  [0, '\xff\xd8\xff', image('jpeg')],
  [0, 'GIF87a', image('gif')],
  [0, 'GIF89a', image('gif')],
  [0, 'RIFF....WEBP', image('webp')],
  [0, '\0\0\x01\0', image('x-icon')],
  [0, '%PDF-', { as: 'pdf', type: 'application/pdf' }],
  [0, 'RIFF....WAVE', sound('wav')],
  [0, 'ID3', sound('mpeg')],
  [0, 'fLaC', sound('flac')],
  [0, 'PK\x03\x04', archive('zip')],
  [0, 'PK\x05\x06', archive('zip')],
  [0, '\x1f\x8b\x08', archive('tar.gz')],
  [257, 'ustar', archive('tar')],
];

/** Detects the type from the first bytes; name and kind decide where they are ambiguous. The kind `other` is not opened. */
export function sniff(head: Uint8Array, declared: DeclaredType): DetectedType {
  if (declared.kind === 'other') return nothing;
  const bytes = latin1(head);
  const text = isTextKind(declared) ? sniffText(head, bytes, declared) : nothing;
  if (text !== nothing) return text;
  const [, , found] = signatures.find(([at, sign]) => hasBytesAt(bytes, at, sign)) ?? [];
  if (found) return found.type === 'zip' && isDocument(bytes, declared) ? nothing : found;
  if (hasBytesAt(bytes, 4, 'ftyp')) return sniffIsoMedia(bytes.slice(8, 12), declared);
  if (hasBytesAt(bytes, 0, 'OggS')) return sniffOgg(bytes);
  if (hasBytesAt(bytes, 0, '\x1aE\xdf\xa3')) return sniffMatroska(bytes, declared);
  if (isBitmap(bytes)) return image('bmp');
  if (isAudioFrame(head)) return sound(((head[1] ?? 0) & 0x06) === 0 ? 'aac' : 'mpeg');
  return sniffText(head, bytes, declared);
}

/** A text may begin with the letters of a signature: "%PDF-1.4 is how a PDF begins". */
const isTextKind = ({ kind }: DeclaredType) => kind === 'text' || kind === 'code';

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, sniffLength));

const hasBytesAt = (bytes: string, at: number, sign: string) =>
  bytes.length >= at + sign.length &&
  [...sign].every((letter, index) => letter === '.' || letter === bytes[at + index]);

/** Office files, OpenDocument and e-books are ZIP archives whose entries tell a reader nothing. */
function isDocument(bytes: string, { kind }: DeclaredType): boolean {
  return kind === 'document' || /^(?:\[Content_Types\]\.xml|mimetype)/.test(bytes.slice(30, 60));
}

/** ISO base media file format (ISO/IEC 14496-12): one container for images, audio and video. */
function sniffIsoMedia(brand: string, { kind }: DeclaredType): DetectedType {
  if (brand === 'avif' || brand === 'avis') return image('avif');
  if (/^(?:hei|hev|mif1|msf1|cr)/.test(brand)) return nothing;
  if (brand.startsWith('M4A') || brand.startsWith('M4B') || kind === 'audio') return sound('mp4');
  return { as: 'film', type: 'video/mp4' };
}

/** The first page of a video contains the identification header of Theora. */
const sniffOgg = (bytes: string): DetectedType =>
  bytes.includes('\x80theora') ? { as: 'film', type: 'video/ogg' } : sound('ogg');

function sniffMatroska(bytes: string, { kind }: DeclaredType): DetectedType {
  const type = bytes.slice(0, 128).includes('webm') ? 'webm' : 'x-matroska';
  return kind === 'audio' ? sound(type) : { as: 'film', type: `video/${type}` };
}

/** `BM` alone is too weak: the reserved bytes must be zero, and the header must have a known length. */
const isBitmap = (bytes: string) =>
  hasBytesAt(bytes, 0, 'BM....\0\0\0\0') &&
  hasBytesAt(bytes, 15, '\0\0\0') &&
  [12, 40, 52, 56, 64, 108, 124].includes(bytes.charCodeAt(14));

/** MPEG audio without tags, or AAC in ADTS. Excludes layer I, whose first bytes equal a UTF-16 byte order mark. */
const isAudioFrame = ([first = 0, second = 0, third = 0]: Uint8Array) =>
  first === 0xff &&
  (second & 0xe0) === 0xe0 &&
  (second & 0x18) !== 0x08 &&
  (second & 0x06) !== 0x06 &&
  (third & 0xf0) !== 0xf0;

const svgStart = /^(?:\s|<\?xml[^>]*>|<!--[^>]*-->|<!DOCTYPE\s+svg[^[>]*>)*<svg[\s>]/i;

function sniffText(head: Uint8Array, bytes: string, { kind, name }: DeclaredType): DetectedType {
  const hasByteOrderMark = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(bytes);
  const isText = hasByteOrderMark || (head.length > 0 && countControls(bytes) <= bytes.length / 200);
  if (!isText || kind === 'document') return nothing;
  const isSvg = svgStart.test(bytes.replace(/^\xef\xbb\xbf/, ''));
  return isSvg ? { as: 'drawing', type: 'image/svg+xml' } : { as: textByName(name), type: 'text/plain' };
}

/** Any text can be Markdown or a table, so the name decides. */
function textByName(name: string): DetectedType['as'] {
  if (/\.(?:md|markdown|mkd)$/i.test(name)) return 'markdown';
  return /\.(?:csv|tsv|tab)$/i.test(name) ? 'table' : 'text';
}

/** Counts control characters that text does not have; one NUL is too many. */
function countControls(bytes: string): number {
  if (bytes.includes('\0')) return Number.POSITIVE_INFINITY;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is counted.
  return bytes.match(/[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/g)?.length ?? 0;
}

const typeByKind: Partial<Record<NonNullable<Parcel['kind']>, DetectedType['as']>> = {
  text: 'text',
  code: 'text',
  pdf: 'pdf',
  image: 'picture',
  audio: 'sound',
  video: 'film',
  archive: 'archive',
};

const typeByName: readonly (readonly [RegExp, DetectedType['as']])[] = [
  [/\.(?:png|apng|jpe?g|gif|webp|avif|bmp|ico|svg)$/i, 'picture'],
  [/\.(?:mp3|wav|ogg|oga|opus|flac|m4a|aac)$/i, 'sound'],
  [/\.(?:mp4|m4v|webm|ogv|mov)$/i, 'film'],
  [/\.(?:zip|tar|tgz|tar\.gz)$/i, 'archive'],
  [/\.pdf$/i, 'pdf'],
  [/\.(?:txt|md|csv|json|xml|html?|css|[jt]sx?|py|log)$/i, 'text'],
];

/** Guesses the type before the bytes are read, to reserve space for the viewer. */
export function guessType({ name, kind }: DeclaredType): DetectedType['as'] {
  if (kind) return typeByKind[kind] ?? 'nothing';
  return typeByName.find(([ending]) => ending.test(name))?.[1] ?? 'nothing';
}
