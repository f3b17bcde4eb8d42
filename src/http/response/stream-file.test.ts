import fc from 'fast-check';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Transfer } from '../../exchange/deliver.ts';
import { requestedSpan } from './stream-file.ts';

const sha256 = 'a'.repeat(64);

/** The requested span of a file of `size` bytes; 'none' where it cannot be satisfied. */
function spanOf(size: number, headers: Record<string, string>) {
  const delivery = { gift: { size, sha256 } } as Transfer['delivery'];
  const answered: string[] = [];
  const reply = { header: (...header: string[]) => answered.push(...header) } as unknown as FastifyReply;
  try {
    return requestedSpan({ headers } as unknown as FastifyRequest, reply, delivery);
  } catch (error) {
    expect(error).toMatchObject({ code: 'range-unsatisfiable' });
    expect(answered).toEqual(['content-range', `bytes */${size}`]);
    return 'none';
  }
}

const sizes = fc.integer({ min: 1, max: 1000 });
const places = fc.nat(1200);

describe('the requested span', () => {
  it('equals a slice of the bytes', () => {
    fc.assert(
      fc.property(sizes, places, places, (size, start, last) => {
        const bytes = Buffer.alloc(size, 'x');
        const span = spanOf(size, { range: `bytes=${start}-${last}` });
        const slice = bytes.subarray(start, last + 1).length;
        if (slice === 0) expect(span).toBe('none');
        else expect(span).toEqual({ start, end: start + slice });
        const rest = spanOf(size, { range: `bytes=${start}-` });
        expect(rest).toEqual(start < size ? { start, end: size } : 'none');
        const tail = spanOf(size, { range: `bytes=-${last}` });
        expect(tail).toEqual(last === 0 ? 'none' : { start: Math.max(0, size - last), end: size });
      }),
    );
  });

  it('lies within the file or is unsatisfiable, for any Range header', () => {
    const tokens = fc.constantFrom(...['bytes=', 'lines=', '-', ',', ' ', '0', '7', '9'.repeat(30)]);
    const ranges = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.array(tokens, { maxLength: 12 }).map((all) => all.join('')),
      fc.array(tokens, { maxLength: 12 }).map((all) => `bytes=${all.join('')}`),
    );
    fc.assert(
      fc.property(sizes, ranges, (size, range) => {
        const span = spanOf(size, { range });
        if (span === 'none') return;
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeGreaterThan(span.start);
        expect(span.end).toBeLessThanOrEqual(size);
      }),
      { numRuns: 1000 },
    );
  });

  it('is the whole file when If-Range names another version', () => {
    const range = 'bytes=2-3';
    expect(spanOf(10, { range, 'if-range': `"${sha256}"` })).toEqual({ start: 2, end: 4 });
    expect(spanOf(10, { range, 'if-range': '"b"' })).toEqual({ start: 0, end: 10 });
  });
});
