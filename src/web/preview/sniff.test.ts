import { describe, expect, it } from 'vitest';
import { type DeclaredType, type DetectedType, guessType, sniff } from './sniff.ts';
import { bytesOf } from './testing/samples.ts';

const sniffed = (bytes: string, hint: Partial<DeclaredType> = {}) => {
  const { as, type } = sniff(bytesOf(bytes), { name: 'file', ...hint });
  return type ? `${as} ${type}` : as;
};

const ftyp = (brand: string) => `\0\0\0\x18ftyp${brand}\0\0\0\0`;
const zip = (first: string) => `PK\x03\x04${'\0'.repeat(26)}${first}`;
const markup = '<script>alert(1)</script>';

describe('a file is shown as its bytes say', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n', 'picture image/png'],
    ['\xff\xd8\xff\xe0', 'picture image/jpeg'],
    ['GIF89a', 'picture image/gif'],
    ['RIFF\x10\0\0\0WEBP', 'picture image/webp'],
    ['\0\0\x01\0\x01', 'picture image/x-icon'],
    [ftyp('avif'), 'picture image/avif'],
    [`BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0`, 'picture image/bmp'],
    ['%PDF-1.7', 'pdf application/pdf'],
    ['RIFF\x10\0\0\0WAVE', 'sound audio/wav'],
    ['ID3\x04', 'sound audio/mpeg'],
    ['\xff\xfb\x90\0', 'sound audio/mpeg'],
    ['\xff\xf1\x50\0', 'sound audio/aac'],
    ['fLaC', 'sound audio/flac'],
    ['OggS\0\x02 OpusHead', 'sound audio/ogg'],
    ['OggS\0\x02 \x80theora', 'film video/ogg'],
    [ftyp('M4A '), 'sound audio/mp4'],
    [ftyp('isom'), 'film video/mp4'],
    ['\x1aE\xdf\xa3 webm', 'film video/webm'],
    [zip('a.txt'), 'archive zip'],
    ['\x1f\x8b\x08\0', 'archive tar.gz'],
    [`${'a'.repeat(257)}ustar\x0000`, 'archive tar'],
    ['plain words', 'text text/plain'],
    ['\xff\xfea\0b\0', 'text text/plain'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'drawing image/svg+xml'],
    ['\xef\xbb\xbf<?xml version="1.0"?><!-- x -->\n<svg>', 'drawing image/svg+xml'],
    ['<!DOCTYPE html><html>', 'text text/plain'],
    ['', 'nothing'],
    ['\x7fELF\x02', 'nothing'],
    ['BMW is a car', 'text text/plain'],
    ['wOF2\0\x01', 'nothing'],
    ['text with a \0 in it', 'nothing'],
    ['Rar!\x1a\x07\x01\0', 'nothing'],
    [ftyp('heic'), 'nothing'],
  ])('%j', (bytes, expected) => {
    expect(sniffed(bytes)).toBe(expected);
  });

  it.each(['picture.png', 'film.mp4', 'paper.pdf', 'sound.mp3', 'packed.zip', 'drawing.svg'])(
    'regardless of its name: HTML as %s is text',
    (name) => {
      expect(sniffed(`<!doctype html>${markup}`, { name, kind: 'image' })).toBe('text text/plain');
    },
  );

  it('and documents are not opened, although they are archives or texts inside', () => {
    expect(sniffed(zip('[Content_Types].xml'))).toBe('nothing');
    expect(sniffed(zip('mimetypeapplication/epub+zip'))).toBe('nothing');
    expect(sniffed('{\\rtf1 words}', { kind: 'document' })).toBe('nothing');
  });

  it('and files of unknown type are not opened, whatever they look like', () => {
    expect(sniffed('plain', { kind: 'other' })).toBe('nothing');
    expect(sniffed('GIF89a', { kind: 'other' })).toBe('nothing');
  });

  it('and a text may begin with the letters of a signature', () => {
    for (const words of ['%PDF-1.4 is how a PDF begins', 'GIF89a is old', 'ID3 tags', 'RIFF is a container'])
      expect(sniffed(words, { kind: 'text' })).toBe('text text/plain');
    expect(sniffed('%PDF-1.4\0', { kind: 'text' })).toBe('pdf application/pdf');
  });

  it('and a text is shown as Markdown or as a table if its name says so', () => {
    expect(sniffed('# A', { name: 'a.md', kind: 'text' })).toBe('markdown text/plain');
    expect(sniffed('a,b', { name: 'a.CSV', kind: 'text' })).toBe('table text/plain');
    expect(sniffed('GIF89a', { name: 'a.md' })).toBe('picture image/gif');
  });

  it('and the declared kind only chooses between types that the bytes allow', () => {
    expect(sniffed(ftyp('isom'), { kind: 'audio' })).toBe('sound audio/mp4');
    expect(sniffed('plain', { kind: 'audio' })).toBe('text text/plain');
  });
});

it.each<[DeclaredType, DetectedType['as']]>([
  [{ name: 'x', kind: 'image' }, 'picture'],
  [{ name: 'x', kind: 'document' }, 'nothing'],
  [{ name: 'a.jpg', kind: 'other' }, 'nothing'],
  [{ name: 'a.TAR.GZ' }, 'archive'],
  [{ name: 'noname' }, 'nothing'],
])('guesses the type of %j', (hint, expected) => {
  expect(guessType(hint)).toBe(expected);
});
