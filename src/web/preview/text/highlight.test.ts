import { describe, expect, it } from 'vitest';
import { highlight } from './highlight.ts';
import { syntaxesOf } from './syntaxes.ts';

const textOf = (runs: ReturnType<typeof highlight>) => runs?.map(({ text }) => text).join('');

describe('code gets its colours', () => {
  it.each([
    ['a.ts', 'const answer: number = 42; // why'],
    ['a.py', 'def f(x):\n    return "<b>" + x'],
    ['page.html', '<!doctype html><script>alert("</b>")</script>'],
    ['notes.md', '# Title\n\n`code` [link](javascript:alert(1))'],
    ['picture.png', '<html onload="x">'],
    ['run', '#!/bin/bash\necho "hello"'],
  ])('%s, and keeps every letter', (name, text) => {
    const runs = highlight({ text, languages: syntaxesOf(name, text) });
    expect(textOf(runs)).toBe(text);
    expect(runs?.some(({ of }) => of !== undefined)).toBe(true);
  });

  it('is plain where nobody knows the language', () => {
    expect(highlight({ text: 'a', languages: syntaxesOf('a.unheardof', 'a') })).toBeUndefined();
  });

  it('is plain where a page could not bear so many pieces', () => {
    const text = '{"a":1},'.repeat(20_000);
    expect(highlight({ text, languages: ['json'] })).toBeUndefined();
  });
});
