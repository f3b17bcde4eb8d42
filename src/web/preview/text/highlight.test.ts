import { describe, expect, it } from 'vitest';
import { highlight } from './highlight.ts';
import { syntaxesOf } from './syntaxes.ts';

const textOf = (runs: ReturnType<typeof highlight>) => runs?.map(({ text }) => text).join('');

describe('code is highlighted', () => {
  it.each([
    ['a.ts', 'const answer: number = 42; // why'],
    ['a.py', 'def f(x):\n    return "<b>" + x'],
    ['page.html', '<!doctype html><script>alert("</b>")</script>'],
    ['notes.md', '# Title\n\n`code` [link](javascript:alert(1))'],
    ['picture.png', '<html onload="x">'],
    ['run', '#!/bin/bash\necho "hello"'],
  ])('%s, without losing a character', (name, text) => {
    const runs = highlight({ text, languages: syntaxesOf(name, text) });
    expect(textOf(runs)).toBe(text);
    expect(runs?.some(({ of }) => of !== undefined)).toBe(true);
  });

  it('is plain in an unknown language', () => {
    expect(highlight({ text: 'a', languages: syntaxesOf('a.unheardof', 'a') })).toBeUndefined();
  });

  it('is plain beyond the greatest number of elements', () => {
    const text = '{"a":1},'.repeat(20_000);
    expect(highlight({ text, languages: ['json'] })).toBeUndefined();
  });
});
