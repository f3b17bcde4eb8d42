import { expect, it } from 'vitest';
import {
  formatCompact,
  formatDateTime,
  formatDuration,
  formatLimit,
  formatSize,
  formatTime,
  formatWait,
} from './format.ts';

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [52_428_800, '52.4 MB'],
  [999_960, '1 MB'],
  [3_200_000_000, '3.2 GB'],
])('formats %i bytes as %s', (bytes, text) => {
  expect(formatSize(bytes, 'en')).toBe(text);
});

it.each([
  [59_000, undefined],
  [60_000, '1 minute'],
  [3 * 3_600_000 + 5, '3 hours'],
  [49 * 3_600_000, '2 days'],
])('formats %i milliseconds as %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds, 'en')).toBe(text);
});

it.each([
  [0.2, '1 second'],
  [7, '7 seconds'],
  [60, '60 seconds'],
  [61, '2 minutes'],
  [7200, '2 hours'],
])('formats a wait of %d seconds as %s', (seconds, text) => {
  expect(formatWait(seconds, 'en')).toBe(text);
});

it('rounds a limit down', () => {
  expect(formatLimit(52_428_800, 'en')).toBe('50 MB');
  expect(formatLimit(4_294_967_296, 'en')).toBe('4 GB');
  expect(formatLimit(10_000_000, 'en')).toBe('10 MB');
  expect(formatLimit(999, 'en')).toBe('999 bytes');
});

it('formats a time with date and minute', () => {
  const text = formatDateTime('2026-03-05T12:07:31', 'en');
  expect(text).toMatch(/^Mar 5, 2026, 12:07\sPM$/);
});

it.each([
  [950, '950'],
  [12_345, '12K'],
  [1_900_000, '1.9M'],
])('formats %i as %s in compact notation', (value, text) => {
  expect(formatCompact(value, 'en')).toBe(text);
});

it("formats a time in the visitor's time zone", () => {
  const instant = new Date(2030, 0, 1, 15, 30).toISOString();
  expect(formatTime(instant, 'en')).toMatch(/^3:30\sPM$/);
  expect(formatTime(instant, 'de')).toBe('15:30');
});
