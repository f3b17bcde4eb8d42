import { create, parse } from 'content-disposition';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extensionOf, maxNameLength, sanitizeFileName } from './file-name.ts';

const bytesOf = (text: string) => Buffer.byteLength(text);

describe('sanitizeFileName', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\photo.jpg', 'photo.jpg'],
    ['a/b\\c/d.txt', 'd.txt'],
    ['photo.jpg/', 'photo.jpg'],
    ['photo.jpg/..', 'photo.jpg'],
    ['AC/DC.mp3', 'DC.mp3'],
  ])('returns the last path segment of %j', (raw, name) => expect(sanitizeFileName(raw)).toBe(name));

  test.each([
    ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie_ x=1.txt'],
    ['a\0.txt', 'a.txt'],
    ['\x1b[31mred\x7f\u0085.txt', '[31mred.txt'],
    ['\uFEFFnotes.txt', 'notes.txt'],
    ['line\u2028break\u2029.txt', 'linebreak.txt'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['\u2066a\u2067b\u2068c\u2069\u200E\u200F\u061C.txt', 'abc.txt'],
    ['zero\u200Bwidth\u2060\u00AD\u3164.txt', 'zerowidth.txt'],
    ['a\u200Db\u200Cc.txt', 'abc.txt'],
    ['a.mp4\uFE0F', 'a.mp4'],
    ['lone\uD800 \uDC00.txt', 'lone .txt'],
    ['tags\u{E0041}\u{E0042}.txt', 'tags.txt'],
    ['non\uFFFEcharacter\u{1FFFF}\uFFF9.txt', 'noncharacter.txt'],
  ])('removes invisible characters from %j', (raw, name) => expect(sanitizeFileName(raw)).toBe(name));

  test.each([
    'ordinary name (1) [final], v2 & more.txt',
    'Müller – Straße “x” €.pdf',
    '日本語のファイル.txt',
    'تقرير سنوي.pdf',
    'می\u200Cخواهم.txt',
    'ශ්\u200Dරී ලංකා.txt',
    'עברית.docx',
    'Việt Nam.odt',
    '👩‍👩‍👧‍👦 family ❤️‍🔥 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇩🇪 1️⃣.png',
    'x̱̄.txt',
    '葛\u{E0100}城.txt',
    "it's 100% #1 @home ~ $5 {ok} ^_^ `a` a=b;c,d!.txt",
  ])('keeps %j', (name) => expect(sanitizeFileName(name)).toBe(name.normalize('NFC')));

  test('normalises to NFC', () => {
    expect(sanitizeFileName('cafe\u0301.txt')).toBe('caf\u00E9.txt');
    expect(sanitizeFileName('e\u200B\u0301.txt')).toBe('\u00E9.txt');
  });

  test.each([
    ['a<b>c:d"e|f?g*h.txt', 'a_b_c_d_e_f_g_h.txt'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['Nul.tar.gz', '_Nul.tar.gz'],
    ['COM1.log', '_COM1.log'],
    ['lpt².txt', '_lpt².txt'],
    ['aux .txt', '_aux .txt'],
    ['CONIN$', '_CONIN$'],
    ['CON\u200B.txt', '_CON.txt'],
    ['console.txt', 'console.txt'],
    ['com10.txt', 'com10.txt'],
    ['a.exe::$DATA', 'a.exe'],
    ['a.exe:x:$DATA', 'a.exe'],
  ])('makes %j safe for Windows', (raw, name) => expect(sanitizeFileName(raw)).toBe(name));

  test.each([
    ['a.exe.', 'a.exe'],
    ['a.exe \u00A0. .', 'a.exe'],
    ['  spaced.txt', 'spaced.txt'],
    ['.bashrc', 'bashrc'],
    ['...hidden. txt', 'hidden. txt'],
  ])('trims the ends of %j', (raw, name) => expect(sanitizeFileName(raw)).toBe(name));

  test.each(['', ' ', '.', '..', '/', '../..', '\\', '\0', '\u202E', '\uFEFF', '. . .'])(
    'never leaves %j empty',
    (raw) => expect(sanitizeFileName(raw)).toBe('file'),
  );

  test.each([
    ['a'.repeat(300), 'a'.repeat(200)],
    [`${'a'.repeat(300)}.txt`, `${'a'.repeat(196)}.txt`],
    [`${'a'.repeat(300)}.tar.gz`, `${'a'.repeat(193)}.tar.gz`],
    [`${'ü'.repeat(150)}.jpeg`, `${'ü'.repeat(97)}.jpeg`],
    [`${'👩‍👧'.repeat(40)}.png`, `${'👩‍👧'.repeat(17)}.png`],
    [`${'a'.repeat(195)} ${'b'.repeat(9)}.txt`, `${'a'.repeat(195)} .txt`],
    [`x.${'y'.repeat(300)}`, `x.${'y'.repeat(198)}`],
  ])('shortens %j between graphemes and keeps the extension', (raw, name) => {
    expect(sanitizeFileName(raw)).toBe(name.replace(' .', '.'));
  });

  test('cuts a single long grapheme between code points', () => {
    const name = sanitizeFileName(`e${'\u0316'.repeat(500)}.txt`);
    expect(bytesOf(name)).toBeLessThanOrEqual(maxNameLength);
    expect(name).toMatch(/^e\u0316+\.txt$/u);
  });

  test('is fast for a name of 1 MB', () => {
    const started = performance.now();
    for (const part of ['a', ' ', '.', '/', '\u200D', '👩‍👧', 'e\u0301', ':$', '\uD800']) {
      sanitizeFileName(part.repeat(1_000_000));
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });

  const trickyParts = fc.constantFrom(
    ...['.', ' ', '/', '\\', ':', '\0', '\r\n', '\u202E', '\u200D', '\uFE0F', '\uFEFF', '\uD800'],
    ...['\uDC00', 'CON', 'nul', '.exe', '::$DATA', '👩', 'ü', 'e\u0301', '\u0316', '本', 'a'],
  );
  const rawNames = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.array(trickyParts, { maxLength: 300 }).map((parts) => parts.join('')),
  );

  test('returns a safe name for any string, and is idempotent', () => {
    fc.assert(
      fc.property(rawNames, (raw) => {
        const name = sanitizeFileName(raw);
        expect(bytesOf(name)).toBeGreaterThan(0);
        expect(bytesOf(name)).toBeLessThanOrEqual(maxNameLength);
        expect(name).not.toMatch(/[/\\<>:"|?*\p{Cc}\p{Cs}\p{Bidi_Control}]|^[\s.]|[\s.]$/u);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        expect(name).toBe(name.normalize('NFC'));
        expect(sanitizeFileName(name)).toBe(name);
        // The name survives the encoding of RFC 8187.
        expect(parse(create(name)).parameters.filename).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ['a.TXT', 'txt'],
  ['a.tar.gz', 'gz'],
  ['README', ''],
  ['a.b c', 'b c'],
])('extensionOf(%j) is %j', (name, extension) => expect(extensionOf(name)).toBe(extension));
