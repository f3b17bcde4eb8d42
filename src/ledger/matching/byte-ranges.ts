import type { ByteRange } from '../types.ts';

/** How many ranges a delivery keeps. A receiver with more gaps fetches some parts again. */
const maxRanges = 64;

/** Adds a range to a sorted list of ranges that neither touch nor overlap. */
export function addRange(parts: readonly ByteRange[], [start, end]: ByteRange): ByteRange[] {
  if (end <= start) return [...parts];
  const apart = parts.filter(([from, to]) => to < start || from > end);
  const joined = parts.filter(([from, to]) => to >= start && from <= end);
  const whole: ByteRange = [
    Math.min(start, ...joined.map(([from]) => from)),
    Math.max(end, ...joined.map(([, to]) => to)),
  ];
  return [...apart, whole].sort((a, b) => a[0] - b[0]).slice(0, maxRanges);
}

/** True if the ranges cover a file of this size. */
export function coversWhole(parts: readonly ByteRange[], size: number): boolean {
  return parts.some(([start, end]) => start === 0 && end >= size);
}

/** How many bytes the ranges have. */
export const countBytes = (parts: readonly ByteRange[]): number =>
  parts.reduce((sum, [start, end]) => sum + end - start, 0);
