import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartPaths, chartSize, type PoolHour, sumHours } from './hours.ts';

/** A day with gifts and deliveries in a few hours only. */
const dayWith = (events: Readonly<Record<number, Partial<PoolHour>>> = {}): PoolHour[] =>
  Array.from({ length: 24 }, (_, hour) => ({
    start: `2030-01-01T${String(hour).padStart(2, '0')}:00:00.000Z`,
    given: 0,
    delivered: 0,
    ...events[hour],
  }));

const files = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const anyDay = fc
  .array(fc.tuple(files, files), { minLength: 24, maxLength: 24 })
  .map((counts) => dayWith(Object.fromEntries(counts.map(([given, delivered], hour) => [hour, { given, delivered }]))));

describe('the totals of a day', () => {
  it('sum all hours and find the latest busiest one', () => {
    const day = sumHours(dayWith({ 3: { given: 5, delivered: 2 }, 9: { delivered: 2 }, 23: { given: 1 } }));
    expect(day).toMatchObject({ given: 6, delivered: 4 });
    expect(day.busiest?.start).toBe('2030-01-01T09:00:00.000Z');
  });

  it('have no busiest hour without a delivery', () => {
    expect(sumHours(dayWith({ 3: { given: 5 } }))).toEqual({
      given: 5,
      delivered: 0,
      busiest: undefined,
    });
    expect(sumHours([])).toEqual({ given: 0, delivered: 0, busiest: undefined });
  });
});

describe('the chart of a day', () => {
  it('is empty for an empty day', () => {
    expect(chartPaths(dayWith())).toEqual({ delivered: '', given: '' });
    expect(chartPaths([])).toEqual({ delivered: '', given: '' });
  });

  it('has an outline and a filling for an hour with both, in proportion', () => {
    const line = chartPaths(dayWith({ 0: { given: 10, delivered: 5 }, 23: { given: 1, delivered: 0 } }));
    expect(line.delivered).toBe('M2.5 40V20h5V40');
    expect(line.given).toBe('M1 40V3h8V40M231 40V33.6h8V40');
  });

  it('stays within its box and grows with the files', () => {
    fc.assert(
      fc.property(anyDay, (hours) => {
        const line = chartPaths(hours);
        const numbers = `${line.delivered}${line.given}`.match(/-?[\d.]+/g)?.map(Number) ?? [];
        expect(`${line.delivered}${line.given}`).toMatch(/^[MVh\d. ]*$/);
        for (const number of numbers) expect(number).toBeLessThanOrEqual(24 * chartSize.hourWidth);
        const heights = [...line.delivered.matchAll(/V([\d.]+)h/g)].map(([, y]) => Number(y));
        const counts = hours.map(({ delivered }) => delivered).filter((count) => count > 0);
        expect(heights).toHaveLength(counts.length);
        for (const [index, y] of heights.entries()) {
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThan(chartSize.height);
          for (const [other, count] of counts.entries())
            if (count >= (counts[index] ?? 0)) expect(heights[other]).toBeLessThanOrEqual(y);
        }
      }),
    );
  });
});
