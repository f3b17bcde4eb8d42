import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { figure } from './labels.ts';
import { measuredCsv, measuredTable, replaceBetween, sectionMarks } from './performance-page.ts';

it('replaces the text between the marks, repeatedly', () => {
  const page = 'before\n<start>\nold\n<end>\nafter\n';
  const once = replaceBetween(page, ['<start>', '<end>'], 'new');
  expect(once).toBe('before\n<start>\n\nnew\n\n<end>\nafter\n');
  expect(replaceBetween(once, ['<start>', '<end>'], 'new')).toBe(once);
});

it.each([['no mark'], ['<end> before <start>'], ['<start> alone']])('refuses "%s"', (page) => {
  expect(() => replaceBetween(page, ['<start>', '<end>'], 'new')).toThrow('no place');
});

it('finds its marks in docs/measurements/performance.md', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/measurements/performance.md'), 'utf8');
  expect(replaceBetween(page, sectionMarks, 'new')).toContain('new');
});

it.each([
  [0, '0.00'],
  [0.0421, '0.042'],
  [0.666, '0.67'],
  [2.345, '2.35'],
  [47.11, '47.1'],
  [31_415.9, '31,416'],
  [Number.NaN, '–'],
])('prints %d as %s', (value, said) => {
  expect(figure(value)).toBe(said);
});

describe('all figures', () => {
  const phase = (perSecond: number, mebibytes: number, outcomes: Record<string, number>) => {
    const peak = { together: mebibytes * 2 ** 20, largest: 0 };
    return { perSecond, p50: 1, p99: 2, cpu: 0.5, peak, good: 1, outcomes };
  };
  const phases = [phase(1000, 30, { 200: 5, 500: 1 }), phase(2000, 50, { 404: 2 }), phase(4000, 40, { 500: 2 })];
  const measured = { '4k-up': { 'ours, aged': phases } };

  it('are medians, the highest peak and the sum of refusals', () => {
    expect(measuredTable(measured).split('\n')[2]).toBe(
      '| 4 KiB uploads, 32 connections | this exchange, aged | 2,000 | 1.00 | 2.00 | 0.50 | 50.0 | 3 × 500, 2 × 404 |',
    );
  });

  it('are quoted as CSV where a cell has a comma', () => {
    expect(measuredCsv(measured).split('\n')[1]).toBe(
      '"4 KiB uploads, 32 connections","this exchange, aged",2000,1.00,2.00,0.50,50.0,"3 × 500, 2 × 404"',
    );
  });
});
