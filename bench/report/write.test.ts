import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replaceBetween, sectionMarks } from './write.ts';

it('puts what was measured between its marks, again and again', () => {
  const page = 'before\n<start>\nold\n<end>\nafter\n';
  const once = replaceBetween(page, ['<start>', '<end>'], 'new');
  expect(once).toBe('before\n<start>\n\nnew\n\n<end>\nafter\n');
  expect(replaceBetween(once, ['<start>', '<end>'], 'new')).toBe(once);
});

it.each([['no mark'], ['<end> before <start>'], ['<start> alone']])('refuses "%s"', (page) => {
  expect(() => replaceBetween(page, ['<start>', '<end>'], 'new')).toThrow('no place');
});

it('the page has a place for it', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/performance.md'), 'utf8');
  expect(replaceBetween(page, sectionMarks, 'new')).toContain('new');
});
