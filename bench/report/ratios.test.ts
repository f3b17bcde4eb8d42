import { describe, expect, it } from 'vitest';
import { bestOf, median, quantile, ratioOf, ratiosOf, regressions } from './ratios.ts';
import { rates } from './samples.ts';

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 10], 3.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is NaN', () => {
    expect(median([])).toBeNaN();
  });
});

it.each([
  [0, 1],
  [0.5, 6],
  [0.99, 10],
  [1, 10],
])('takes the quantile %d of 1 to 10 as %d', (share, expected) => {
  expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share)).toBe(expected);
});

describe('ratioOf', () => {
  it('compares round by round, not median with median', () => {
    // The machine was slow in the second round, for both sides.
    expect(ratioOf([200, 20, 220], [100, 10, 100])).toEqual({ median: 2, min: 2, max: 2.2 });
  });

  it.each([
    ['is missing', [100, 100], [50]],
    ['has nothing', [100, 100], [50, 0]],
    ['is no number', [100, 100], [50, Number.NaN]],
  ])('skips a round in which one side %s', (_what, ours, theirs) => {
    expect(ratioOf(ours, theirs)).toEqual({ median: 2, min: 2, max: 2 });
  });

  it('returns nothing for no values', () => {
    expect(ratioOf([], [1])).toBeUndefined();
  });
});

it('computes the ratio of the exchange to each peer', () => {
  const measured = {
    '4k-up': { ours: rates(100, 120), bare: rates(200, 200), fastify: rates(50, 60) },
    stats: { 'ours, 10² gifts': rates(1) },
  };
  expect(ratiosOf(measured)).toEqual({ '4k-up': { bare: 0.55, fastify: 2 } });
});

describe('regressions', () => {
  const recorded = { '4k-up': { fastify: 3 } };

  it.each([[3], [4.5], [2.01]])('tolerates a fall from 3 × to %d ×', (ratio) => {
    expect(regressions({ '4k-up': { fastify: ratio } }, recorded)).toEqual([]);
  });

  it('reports a fall by more than a third', () => {
    expect(regressions({ '4k-up': { fastify: 1.99 } }, recorded)).toEqual([
      '4k-up against fastify: 1.99 ×, and it was 3 ×',
    ]);
  });

  it('ignores ratios without a baseline', () => {
    expect(regressions({ '1m-up': { fastify: 0.1 } }, recorded)).toEqual([]);
  });
});

it('takes the better of each ratio of two runs', () => {
  const first = { '4k-up': { fastify: 1, bare: 0.5 } };
  const second = { '4k-up': { fastify: 2, bare: 0.4 } };
  expect(bestOf(first, second)).toEqual({ '4k-up': { fastify: 2, bare: 0.5 } });
  expect(bestOf({}, second)).toEqual(second);
});
