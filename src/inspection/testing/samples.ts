/** Generated files, as small as inspection can distinguish. */
import { deflateRawSync, gzipSync } from 'node:zlib';

export const bytes = (latin1: string) => Buffer.from(latin1, 'latin1');
export const utf8 = (text: string) => Buffer.from(text);
export const padded = (latin1: string, size = 600) => Buffer.concat([bytes(latin1), Buffer.alloc(size)]);
const uint16 = (n: number) => bytes(String.fromCharCode(n & 255, n >> 8));
const uint32 = (n: number) => Buffer.concat([uint16(n & 0xffff), uint16(n >>> 16)]);

/** Local entries only: the head of a large ZIP does not contain its central directory. */
export function zip(entries: Record<string, string>, method: 0 | 8 = 0): Buffer {
  const parts = Object.entries(entries).flatMap(([name, content]) => {
    const data = method === 8 ? deflateRawSync(content) : utf8(content);
    const sizes = [uint32(0), uint32(data.length), uint32(content.length), uint16(name.length)];
    return [bytes('PK\x03\x04\x14\0\0\0'), uint16(method), uint32(0), ...sizes, uint16(0), utf8(name), data];
  });
  return Buffer.concat([...parts, bytes('PK\x01\x02'), Buffer.alloc(42)]);
}

export const office = (mainType: string) =>
  zip({ '[Content_Types].xml': `<Types><Override ContentType="${mainType}.main+xml"/></Types>` }, 8);
export const openXml = 'application/vnd.openxmlformats-officedocument.';
export const isoMedia = (brand: string) => padded(`\0\0\0\x18ftyp${brand}\0\0\0\0`);
const ogg = (codec: string) => padded(`OggS\0\x02${'\0'.repeat(20)}\x01\x13${codec}`);
const ebml = (docType: string) =>
  padded(
    `\x1a\x45\xdf\xa3${String.fromCharCode(0x80 + 3 + docType.length)}\x42\x82${String.fromCharCode(0x80 + docType.length)}${docType}`,
  );
/** A header object with the properties of one stream, whose type is a GUID. */
export const asf = (stream: string) =>
  Buffer.concat([
    Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'),
    Buffer.from('6c00000000000000010000000102', 'hex'),
    Buffer.from('9107dcb7b7a9cf118ee600c00c205365', 'hex'),
    Buffer.from('4e00000000000000', 'hex'),
    Buffer.from(stream, 'hex'),
    Buffer.alloc(100),
  ]);
const riff = (format: string) => padded(`RIFF\x24\0\0\0${format}`);
const chunk = (type: string, size: number) =>
  bytes(`\0\0\0${String.fromCharCode(size)}${type}${'\0'.repeat(size + 4)}`);
export const png = Buffer.concat([bytes('\x89PNG\r\n\x1a\n'), chunk('IHDR', 13), chunk('IDAT', 10)]);

export function tar(): Buffer {
  const header = Buffer.alloc(512);
  header.write('hello.txt');
  header.write('0000644\0', 100);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.alloc(1024)]);
}

/** Correctly named files with their types. */
export const cases: [name: string, head: Uint8Array, kind: string, mimeType: string][] = [
  ['a.png', png, 'image', 'image/png'],
  ['a.jpg', padded('\xff\xd8\xff\xe0\0\x10JFIF'), 'image', 'image/jpeg'],
  ['a.gif', padded('GIF89a\x01\0\x01\0'), 'image', 'image/gif'],
  ['a.webp', riff('WEBPVP8 '), 'image', 'image/webp'],
  ['a.avif', isoMedia('avif'), 'image', 'image/avif'],
  ['a.heic', isoMedia('heic'), 'image', 'image/heic'],
  ['a.heif', isoMedia('mif1'), 'image', 'image/heif'],
  ['a.bmp', padded('BM\x46\0\0\0'), 'image', 'image/bmp'],
  ['a.ico', padded('\0\0\x01\0\x01\0'), 'image', 'image/vnd.microsoft.icon'],
  ['a.pdf', bytes('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'), 'pdf', 'application/pdf'],
  ['a.docx', office(`${openXml}wordprocessingml.document`), 'document', `${openXml}wordprocessingml.document`],
  ['a.xlsx', office(`${openXml}spreadsheetml.sheet`), 'document', `${openXml}spreadsheetml.sheet`],
  ['a.pptx', office(`${openXml}presentationml.presentation`), 'document', `${openXml}presentationml.presentation`],
  [
    'a.odt',
    zip({ mimetype: 'application/vnd.oasis.opendocument.text' }),
    'document',
    'application/vnd.oasis.opendocument.text',
  ],
  ['a.epub', zip({ mimetype: 'application/epub+zip' }), 'document', 'application/epub+zip'],
  ['a.doc', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), 'document', 'application/msword'],
  ['a.xls', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), 'document', 'application/vnd.ms-excel'],
  ['a.mp3', padded('ID3\x03\0\0\0\0\x7f\x7f'), 'audio', 'audio/mpeg'],
  ['b.mp3', padded('\xff\xfb\x90\x64'), 'audio', 'audio/mpeg'],
  ['a.flac', padded('fLaC\0\0\0\x22'), 'audio', 'audio/flac'],
  ['a.ogg', ogg('\x01vorbis'), 'audio', 'audio/ogg'],
  ['a.opus', ogg('OpusHead'), 'audio', 'audio/ogg'],
  ['a.wav', riff('WAVEfmt '), 'audio', 'audio/wav'],
  ['a.mid', padded('MThd\0\0\0\x06'), 'audio', 'audio/midi'],
  ['a.m4a', isoMedia('M4A '), 'audio', 'audio/mp4'],
  ['b.m4a', isoMedia('mp42'), 'audio', 'audio/mp4'],
  ['a.mp4', isoMedia('isom'), 'video', 'video/mp4'],
  ['a.mov', isoMedia('qt  '), 'video', 'video/quicktime'],
  ['a.avi', riff('AVI LIST'), 'video', 'video/vnd.avi'],
  ['a.webm', ebml('webm'), 'video', 'video/webm'],
  ['a.mkv', ebml('matroska'), 'video', 'video/matroska'],
  ['a.mpg', padded('\0\0\x01\xba\x44'), 'video', 'video/mpeg'],
  ['a.zip', zip({ 'hello.txt': 'hello' }), 'archive', 'application/zip'],
  ['b.zip', padded('PK\x05\x06', 18), 'archive', 'application/zip'],
  ['a.rar', padded('Rar!\x1a\x07\x01\0'), 'archive', 'application/vnd.rar'],
  ['a.7z', padded('7z\xbc\xaf\x27\x1c'), 'archive', 'application/x-7z-compressed'],
  ['a.tar', tar(), 'archive', 'application/x-tar'],
  ['a.tar.gz', gzipSync(tar()), 'archive', 'application/gzip'],
  ['a.bz2', padded('BZh91AY&SY'), 'archive', 'application/x-bzip2'],
  ['a.xz', padded('\xfd7zXZ\0'), 'archive', 'application/x-xz'],
  ['a.zst', padded('\x28\xb5\x2f\xfd'), 'archive', 'application/zstd'],
  ['a.svg', utf8('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image', 'image/svg+xml'],
  ['a.rtf', utf8('{\\rtf1 hello}'), 'document', 'application/rtf'],
  ['a.txt', utf8('hello'), 'text', 'text/plain'],
  ['a.md', utf8('<p align="center">A readme</p>'), 'text', 'text/markdown'],
  ['a.csv', utf8('a,b\n1,2\n'), 'text', 'text/csv'],
  ['a.html', utf8('<!doctype html><p>hi'), 'code', 'text/html'],
  ['a.css', utf8('p { color: red }'), 'code', 'text/css'],
  ['a.js', utf8('#!/usr/bin/env node\nconsole.log(1)'), 'code', 'text/javascript'],
  ['a.ts', utf8('export const a = 1;'), 'code', 'text/x-typescript'],
  ['a.py', utf8('#!/usr/bin/env python3\nprint(1)'), 'code', 'text/x-python'],
  ['a.json', utf8('{"a": 1}'), 'code', 'application/json'],
  ['a.xml', utf8('<?xml version="1.0"?><a/>'), 'code', 'application/xml'],
  ['b.xml', utf8('<table></table>'), 'code', 'application/xml'],
  ['a.gpx', utf8('<?xml version="1.0"?><gpx/>'), 'document', 'application/gpx+xml'],
  ['a.php', utf8('<html><?php echo 1 ?></html>'), 'code', 'text/x-php'],
];
