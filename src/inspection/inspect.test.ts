import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { maxHeadSize } from './file-head.ts';
import { inspect } from './inspect.ts';
import { asf, bytes, cases, isoMedia, office, openXml, padded, png, tar, utf8, zip } from './testing/samples.ts';

describe('files with a correct name', () => {
  test.each(cases)('%s', async (name, head, kind, mimeType) => {
    const extension = name.slice(name.lastIndexOf('.') + 1);
    expect(await inspect({ name, head })).toEqual({ name, extension, kind, mimeType });
  });
});

describe('content takes precedence over the name', () => {
  test.each<[name: string, head: Uint8Array, kind: string, mimeType: string, extension: string]>([
    ['a.txt', png, 'image', 'image/png', 'txt'],
    ['a.png', isoMedia('isom'), 'video', 'video/mp4', 'png'],
    ['a.png', utf8('%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj'), 'pdf', 'application/pdf', 'png'],
    ['a.txt', bytes('%PDF-1.4\n%\xe2\xe3\0\n1 0 obj'), 'pdf', 'application/pdf', 'txt'],
    ['a.txt', utf8('%PDF-1.4 is how a PDF begins'), 'text', 'text/plain', 'txt'],
    ['a.txt', utf8('{\\rtf is how RTF begins'), 'text', 'text/plain', 'txt'],
    ['a.txt', utf8('%!PS is how PostScript begins'), 'text', 'text/plain', 'txt'],
    ['a.txt', utf8('{\\rtf1\\ansi hello}'), 'document', 'application/rtf', 'txt'],
    ['a.png', utf8('just words'), 'text', 'text/plain', 'png'],
    ['a.png', utf8('<html><script>'), 'code', 'text/html', 'png'],
    ['a.txt', utf8('\n<!-- hi --> <!DOCTYPE html>\n<title>'), 'code', 'text/html', 'txt'],
    ['a.txt', utf8('<?xml version="1.0"?>\n<!-- by hand -->\n<svg>'), 'image', 'image/svg+xml', 'txt'],
    [
      'a.xml',
      utf8('\uFEFF<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "y" [<!ENTITY a "b">]>\n<svg>'),
      'image',
      'image/svg+xml',
      'xml',
    ],
    ['a.xml', utf8('<?xml version="1.0"?><html xmlns="x">'), 'code', 'text/html', 'xml'],
    ['a.ts', padded(`G\x40\x11\x10${'\0'.repeat(184)}G\x40\x11\x10`), 'video', 'video/mp2t', 'ts'],
    ['a.docx', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), 'document', 'application/x-cfb', 'docx'],
  ])('%s', async (name, head, kind, mimeType, extension) => {
    expect(await inspect({ name, head })).toEqual({ name, extension, kind, mimeType });
  });

  test('the name decides for a format inside a ZIP that its entries do not show', async () => {
    const head = zip({ 'page1.png': 'x'.repeat(maxHeadSize) }).subarray(0, maxHeadSize);
    expect(await inspect({ name: 'a.cbz', head })).toMatchObject({ kind: 'document' });
    expect(await inspect({ name: 'a.xlsx', head })).toMatchObject({ kind: 'document' });
    expect(await inspect({ name: 'a.txt', head })).toMatchObject({ kind: 'archive' });
    expect(await inspect({ name: 'a.mp3', head })).toMatchObject({ kind: 'archive' });
  });

  test('an office document named as ZIP is a ZIP', async () => {
    const head = office(`${openXml}wordprocessingml.document`);
    expect(await inspect({ name: 'a.zip', head })).toMatchObject({ kind: 'archive' });
    expect(await inspect({ name: 'a.txt', head })).toMatchObject({ kind: 'document' });
  });

  test('an image format of printable bytes is accepted if name and signature agree', async () => {
    const head = utf8('GIF89a and more letters');
    expect(await inspect({ name: 'a.gif', head })).toMatchObject({ kind: 'image' });
    expect(await inspect({ name: 'a.txt', head })).toMatchObject({ kind: 'text' });
    expect(await inspect({ name: 'a.txt', head: utf8('BMW') })).toMatchObject({ kind: 'text' });
  });
});

describe('content without a helpful name', () => {
  test.each<[name: string, head: Uint8Array, kind: string, mimeType: string]>([
    ['README', utf8('hello'), 'text', 'text/plain'],
    ['a.unheard', utf8('hello'), 'text', 'text/plain'],
    ['a.constructor', utf8('hello'), 'text', 'text/plain'],
    ['a.unheard', png, 'image', 'image/png'],
    ['cut', bytes('\x89PNG\r\n\x1a\n'), 'image', 'image/png'],
    ['packed', gzipSync(tar()), 'archive', 'application/gzip'],
    ['sound', asf('409e69f84d5bcf11a8fd00805f5c442b'), 'audio', 'audio/x-ms-wma'],
    ['film', asf('c0ef19bc4d5bcf11a8fd00805f5c442b'), 'video', 'video/x-ms-asf'],
    ['page', utf8('<!DOCTYPE HTML>'), 'code', 'text/html'],
    ['feed', utf8('<?xml version="1.0"?><rss/>'), 'code', 'application/xml'],
    ['empty', bytes(''), 'text', 'text/plain'],
    ['utf16', Buffer.from('\uFEFFhello', 'utf16le'), 'text', 'text/plain'],
    ['utf16be', Buffer.from('\uFEFFhello', 'utf16le').swap16(), 'text', 'text/plain'],
  ])('%s', async (name, head, kind, mimeType) => {
    expect(await inspect({ name, head })).toEqual({ name, extension: 'unknown', kind, mimeType });
  });

  test.each<[what: string, head: Uint8Array]>([
    ['Latin-1', bytes('Sch\xf6ne Gr\xfc\xdfe')],
    ['Latin-1 of a word', bytes('caf\xe9')],
    ['Shift-JIS', bytes('\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x4c\x83\x58\x83\x67')],
    ['CP1251', bytes('\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\r\n')],
    ['GB 18030', bytes('\xc4\xe3\xba\xc3')],
    ['ISO-2022-JP', bytes('\x1b$BF|K\\\x1b(B\n')],
  ])('%s is text, with no extension or an unknown one', async (_, head) => {
    for (const name of ['note', 'note.unheard'])
      expect(await inspect({ name, head })).toEqual({
        name,
        extension: 'unknown',
        kind: 'text',
        mimeType: 'text/plain',
      });
  });
});

describe('a file of unknown type is of kind "other"', () => {
  const noise = bytes('\x01\x02\x03\x04\xfe\xfe');
  const opaque = { kind: 'other', mimeType: 'application/octet-stream' };

  test.each<[name: string, head: Uint8Array]>([
    ['noise', noise],
    ['a.unheard', noise],
    ['zlib', padded('\x78\x01')],
    ['zeros', Buffer.alloc(1000)],
  ])('%s', async (name, head) => {
    expect(await inspect({ name, head })).toEqual({ name, extension: 'unknown', ...opaque });
  });

  const known =
    'torrent kdbx gpg der p7s fit mat h5 npy mdb flp clip exr fits hdr qoi pcx wmf emf au nes gba sav svs bin dat';
  test.each(known.split(' '))('a.%s, with an extension of its own', async (extension) => {
    const name = `a.${extension}`;
    expect(await inspect({ name, head: noise })).toEqual({ name, extension, ...opaque });
  });

  test('under the name of another kind, if its signature is known', async () => {
    expect(await inspect({ name: 'a.jpg', head: padded('NES\x1a') })).toMatchObject({ extension: 'jpg', ...opaque });
  });

  test('and the declared type is ignored', async () => {
    const declared = { name: 'a', declaredType: 'image/png', head: Buffer.alloc(99) };
    expect(await inspect(declared)).toMatchObject(opaque);
  });
});

describe('sound', () => {
  /** An ID3 tag whose content has `size` bytes. */
  const tag = (size: number) =>
    Buffer.concat([
      bytes('ID3\x04\0\0\0'),
      Buffer.from([(size >> 14) & 127, (size >> 7) & 127, size & 127]),
      Buffer.alloc(size),
    ]);
  const flac = padded('fLaC\0\0\0\x22');
  const cover = tag(maxHeadSize);

  test.each<[name: string, head: Uint8Array, mimeType: string]>([
    ['a.flac', Buffer.concat([tag(300), flac]), 'audio/flac'],
    ['a.mp3', Buffer.concat([tag(300), flac]), 'audio/flac'],
    ['a.flac', cover, 'audio/flac'],
    ['a.aac', cover, 'audio/aac'],
    ['a.aac', Buffer.concat([tag(300), padded('\xff\xf1\x50\x80')]), 'audio/aac'],
    ['a.flac', Buffer.concat([tag(300), padded('\xff\xfb\x90\x64')]), 'audio/mpeg'],
    ['a.mp3', cover, 'audio/mpeg'],
    ['a', cover, 'audio/mpeg'],
    ['a.png', cover, 'audio/mpeg'],
    ['a', tag(300), 'audio/mpeg'],
  ])('with a tag is of the type behind it: %s, sample %#', async (name, head, mimeType) => {
    expect(await inspect({ name, head })).toMatchObject({ kind: 'audio', mimeType });
  });

  const realMedia = (...streams: string[]) =>
    padded(`.RMF\0\0\0\x12\0\0${streams.map((type) => `MDPR\0\0${type}`).join('')}`);

  test('in RealMedia is audio, and with pictures it is video', async () => {
    const sound = realMedia('audio/x-pn-realaudio');
    const film = realMedia('audio/x-pn-realaudio', 'video/x-pn-realvideo');
    for (const name of ['a.rm', 'a.ra', 'a']) {
      expect(await inspect({ name, head: sound })).toMatchObject({ kind: 'audio', mimeType: 'audio/vnd.rn-realaudio' });
      expect(await inspect({ name, head: film })).toMatchObject({ kind: 'video' });
    }
    expect(await inspect({ name: 'a', head: padded('.ra\xfd\0\x03') })).toMatchObject({ kind: 'audio' });
  });
});

test.each<[name: string, head: Uint8Array, kind: string]>([
  ['photo.png', bytes('\x01\x02\x03 nothing known'), 'image'],
  ['a.txt', Buffer.alloc(1000), 'text'],
  ['a.txt', bytes('caf\xe9'), 'text'],
  ['a.py', bytes('BM # caf\xe9'), 'code'],
  ['a.doc', bytes('\x01\x02'), 'document'],
])('%s has the type of its name', async (name, head, kind) => {
  expect(await inspect({ name, head })).toMatchObject({ kind });
});

describe('text that ends within a character', () => {
  const cut = utf8(`ab${'€'.repeat(maxHeadSize)}`).subarray(0, maxHeadSize);

  test('is text if the head is full', async () => {
    expect(await inspect({ name: 'a', head: cut })).toMatchObject({ kind: 'text' });
  });

  test('is text in another encoding if the file ends there', async () => {
    expect(await inspect({ name: 'a', head: cut.subarray(0, 1000) })).toMatchObject({ kind: 'text' });
  });

  test('is judged by the first 64 KiB only', async () => {
    const head = Buffer.concat([Buffer.alloc(maxHeadSize, 'a'), Buffer.alloc(9)]);
    expect(await inspect({ name: 'a', head })).toMatchObject({ kind: 'text' });
  });
});

test.each<[what: string, head: Uint8Array]>([
  ['a JAR', zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0' })],
  ['an APK', zip({ 'AndroidManifest.xml': 'x', 'classes.dex': 'x' })],
  ['a document with macros', office('application/vnd.ms-word.document.macroEnabled')],
  ['a browser extension', zip({ 'META-INF/mozilla.rsa': 'x' })],
])('%s inside a ZIP is rejected under any name', async (_, head) => {
  for (const name of ['a.zip', 'a.docx', 'a.txt', 'a']) {
    await expect(inspect({ name, head })).rejects.toMatchObject({ code: 'executable-refused' });
  }
});

test('a rejection explains the reason in one sentence', async () => {
  const refused = inspect({ name: 'holiday.png', head: padded('MZ\x90\0\x03') });
  await expect(refused).rejects.toThrow("That is a Windows program. We don't pass programs on; nothing was kept.");
});
