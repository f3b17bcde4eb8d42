import { describe, expect, it } from 'vitest';
import { showControlCharacters } from './control-characters.ts';

describe('invisible characters are shown', () => {
  it.each([
    ['a\u202etxt.exe', 'a⟨U+202E⟩txt.exe'],
    ['if (x) /* \u2066 */', 'if (x) /* ⟨U+2066⟩ */'],
    ['bell\u0007 escape\u001b[2J', 'bell⟨U+0007⟩ escape⟨U+001B⟩[2J'],
    ['\u0085\u2060\ufeff', '⟨U+0085⟩⟨U+2060⟩⟨U+FEFF⟩'],
    ['tag \u{e0041}', 'tag ⟨U+E0041⟩'],
  ])('%j', (text, expected) => {
    expect(showControlCharacters(text)).toBe(expected);
  });

  it('and other text stays unchanged', () => {
    const text = 'Tabs\tand\nlines, 👩\u200d🚀, می\u200cخواهم, שלום\u200f, e\u0301';
    expect(showControlCharacters(text)).toBe(text);
  });
});
