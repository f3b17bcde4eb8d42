import { expect, it } from 'vitest';
import { formatSize, formatSpan, plural } from './format.ts';

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [52_428_800, '52.4 MB'],
  [999_960, '1 MB'],
  [3_200_000_000, '3.2 GB'],
])('writes %i bytes as %s', (bytes, text) => {
  expect(formatSize(bytes, 'en')).toBe(text);
});

it.each([
  [59_000, undefined],
  [60_000, '1 minute'],
  [3 * 3_600_000 + 5, '3 hours'],
  [49 * 3_600_000, '2 days'],
])('writes %i milliseconds as %s', (milliseconds, text) => {
  expect(formatSpan(milliseconds, 'en')).toBe(text);
});

it('knows which form of a word goes with a number', () => {
  const forms = { one: 'file', other: 'files' };
  expect([0, 1, 2].map((count) => plural(count, forms, 'en'))).toEqual(['files', 'file', 'files']);
});
