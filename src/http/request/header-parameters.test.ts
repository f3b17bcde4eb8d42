import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeader } from './header-parameters.ts';

/** As it arrives: UTF-8 bytes read as latin1. */
const asLatin1 = (text: string) => Buffer.from(text).toString('latin1');
const filename = (rest: string) => parseHeader(asLatin1(`form-data; name="file"; ${rest}`)).parameters.get('filename');

describe('parseHeader', () => {
  it.each([
    ['filename="a.txt"', 'a.txt'],
    ['filename=plain.txt', 'plain.txt'],
    ['filename=two words.txt ; x=1', 'two words.txt'],
    ['FileName="a.txt"', 'a.txt'],
    ['filename="a;b=c.txt"', 'a;b=c.txt'],
    ['filename="a \\"quoted\\" name"', 'a "quoted" name'],
    ['filename="C:\\dir\\a.txt"', 'C:\\dir\\a.txt'],
    ['filename="猫.txt"', '猫.txt'],
    ["filename*=UTF-8''%E7%8C%AB.txt", '猫.txt'],
    ["filename*=iso-8859-1'en'%A3.txt", '£.txt'],
    ["filename*=no-such-charset''a%20b", 'a b'],
    ["filename*=UTF-8''%zz", '%zz'],
    ['filename*=plain', 'plain'],
    ["filename*=UTF-8''%E7%8C%AB.txt; filename=cat.txt", '猫.txt'],
    ["filename=cat.txt; filename*=UTF-8''%E7%8C%AB.txt", '猫.txt'],
    ["filename*=UTF-8''%ff.txt; filename=cat.txt", 'cat.txt'],
    ['filename="a  b   c.txt"', 'a  b   c.txt'],
    ['filename="=?UTF-8?B?54yrLnR4dA==?="', '猫.txt'],
    ['filename="=?iso-8859-1?q?f=FCr_dich?= =?utf-8?Q?_=E7=8C=AB?=.txt"', 'für dich 猫.txt'],
    ['filename="=?no-such?q?a?=.txt"', '=?no-such?q?a?=.txt'],
    ['filename="%22a%22.txt"', '%22a%22.txt'],
    ['filename=""', ''],
    ['filename', undefined],
    ['', undefined],
  ])('reads %s', (rest, expected) => {
    expect(filename(rest)).toBe(expected);
  });

  it.each([
    ['f\xfcr.txt', 'für.txt'],
    ['\x83\x5c.txt', 'ƒ_.txt'],
    ['\xcf\xf0\xe8.doc', 'Ïðè.doc'],
  ])('reads bytes that are no UTF-8 as Windows-1252, and no letter of them as a path: %j', (latin1, expected) => {
    expect(parseHeader(`attachment; filename="${latin1}"`).parameters.get('filename')).toBe(expected);
  });

  it('separates the value from the parameters', () => {
    expect(parseHeader('text/plain').value).toBe('text/plain');
    expect(parseHeader(' IMAGE/png ; charset=utf-8').value).toBe('IMAGE/png');
    expect(parseHeader('').value).toBe('');
  });

  it('parses any header in linear time', () => {
    const tokens = fc.constantFrom(';', '=', '*', '"', '\\', "'", '%', 'a', ' ', '=?', '?q?', '?=', '\xff');
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 400 }), (all) => {
        parseHeader(all.join(''));
      }),
    );
    parseHeader(`a; b="${'\\"'.repeat(50_000)}`);
    parseHeader(`a${'; b'.repeat(50_000)}`);
    parseHeader(`a; b="${'=?a?q?'.repeat(50_000)}"`);
    parseHeader(`a; b="${'?= '.repeat(50_000)}"`);
  });
});
