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
    ['a.png', utf8('%PDF-1.4 all letters'), 'pdf', 'application/pdf', 'png'],
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

  test.each<[name: string, head: Uint8Array]>([
    ['noise', bytes('\x01\x02\x03\x04\xfe\xfe')],
    ['a.bin', Buffer.alloc(1000)],
    ['latin1', bytes('caf\xe9')],
    ['zlib', padded('\x78\x01')],
    ['a.nes', padded('NES\x1a')],
  ])('%s is of unknown type', async (name, head) => {
    await expect(inspect({ name, head })).rejects.toMatchObject({ code: 'type-unknown' });
  });

  test('the declared type is ignored', async () => {
    const declared = { name: 'a', declaredType: 'image/png', head: Buffer.alloc(99) };
    await expect(inspect(declared)).rejects.toMatchObject({ code: 'type-unknown' });
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

  test('is not text if the file ends there', async () => {
    const head = cut.subarray(0, 1000);
    await expect(inspect({ name: 'a', head })).rejects.toMatchObject({ code: 'type-unknown' });
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
  const refused = inspect({ name: 'holiday.png', head: padded('MZ\x90') });
  await expect(refused).rejects.toThrow("That is a Windows program. We don't pass programs on; nothing was kept.");
});
