import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../types.ts';
import { addRange, coversWhole } from './byte-ranges.ts';

const size = 40;
const byteRange = fc
  .tuple(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: size }))
  .map(([a, b]): ByteRange => [Math.min(a, b), Math.max(a, b)]);

describe('byte ranges', () => {
  it('cover exactly the added bytes, sorted and disjoint', () => {
    fc.assert(
      fc.property(fc.array(byteRange, { maxLength: 12 }), (added) => {
        const ranges = added.reduce<ByteRange[]>(addRange, []);
        const covers = (list: readonly ByteRange[], byte: number) => list.some(([s, e]) => s <= byte && byte < e);
        for (let byte = 0; byte < size; byte++) expect(covers(ranges, byte)).toBe(covers(added, byte));
        for (const [i, [start]] of ranges.entries()) if (i > 0) expect(start).toBeGreaterThan(ranges[i - 1]?.[1] ?? 0);
        const whole = Array.from({ length: size }, (_, byte) => covers(added, byte)).every(Boolean);
        expect(coversWhole(ranges, size)).toBe(whole);
      }),
    );
  });
});
