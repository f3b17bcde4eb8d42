/** File types whose first bytes do not decide what they are. */
import type { FileType } from './file-types.ts';
import { taggedAudio } from './signatures.ts';

const textFormats = new Set('svg eps ps ai rtf fodt fods fodp fb2 gpx kml stl obj gltf dxf m3u m3u8 pls'.split(' '));

/** True if a file of this type may be plain text. */
export const isTextual = (type: FileType): boolean =>
  type.kind === 'text' || type.kind === 'code' || textFormats.has(type.extension);

/**
 * Container format → formats based on it, which the file head cannot always distinguish. A workbook whose
 * `[Content_Types].xml` comes last looks like any ZIP.
 */
const basedOn: Record<string, string> = {
  zip: 'docx dotx xlsx xltx pptx ppsx potx vsdx odt ott ods ots odp otp odg otg epub pages numbers key xps oxps idml cbz kmz 3mf',
  cfb: 'doc dot xls xlt ppt pps vsd msg pub mpp',
  rar: 'cbr',
  gz: 'tgz svgz',
  mp4: 'm4a m4b m4v m4p f4a f4b f4v f4p mov 3gp 3g2 mj2 heic heif avif cr3',
  mov: 'mp4 m4v m4a qt',
  heic: 'heif',
  webm: 'weba',
  mkv: 'mka mk3d webm',
  ogx: 'ogg oga opus spx ogv ogm',
  asf: 'wmv wma',
  tif: 'dng cr2 nef arw orf rw2 raf',
  pdf: 'ai',
  mpg: 'vob',
  ttf: 'otf',
};

const derived = new Map(
  Object.entries(basedOn).map(([container, extensions]) => [container, new Set(extensions.split(' '))]),
);

/** True if bytes detected as `detected` may also be a file of type `named`, and for office documents named as ZIP. */
export const mayAlsoBe = (detected: FileType, named: FileType): boolean =>
  detected.mimeType === named.mimeType ||
  (detected === taggedAudio && named.kind === 'audio') ||
  derived.get(detected.extension)?.has(named.extension) === true ||
  (named.extension === 'zip' && derived.get('zip')?.has(detected.extension) === true);
