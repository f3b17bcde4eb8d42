import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../types.ts';
import { addRange, coversWhole } from './byte-ranges.ts';

const size = 40;
const part = fc
  .tuple(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: size }))
  .map(([a, b]): ByteRange => [Math.min(a, b), Math.max(a, b)]);

describe('parts', () => {
  it('hold exactly the bytes that were added, sorted and apart', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (added) => {
        const parts = added.reduce<ByteRange[]>(addRange, []);
        const holds = (list: readonly ByteRange[], byte: number) =>
          list.some(([s, e]) => s <= byte && byte < e);
        for (let byte = 0; byte < size; byte++) expect(holds(parts, byte)).toBe(holds(added, byte));
        for (const [i, [start]] of parts.entries())
          if (i > 0) expect(start).toBeGreaterThan(parts[i - 1]?.[1] ?? 0);
        const whole = Array.from({ length: size }, (_, byte) => holds(added, byte)).every(Boolean);
        expect(coversWhole(parts, size)).toBe(whole);
      }),
    );
  });
});
