import { describe, expect, it } from 'vitest';
import { median, quantile, ratioOf } from './ratios.ts';

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 10], 3.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

it.each([
  [0, 1],
  [0.5, 6],
  [0.99, 10],
  [1, 10],
])('the quantile %d of 1 to 10 is %d', (share, expected) => {
  expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share)).toBe(expected);
});

describe('ratioOf', () => {
  it('compares round by round, not median with median', () => {
    // Their machine was slow in the second round, and ours with it.
    expect(ratioOf([200, 20, 220], [100, 10, 100])).toEqual({ median: 2, min: 2, max: 2.2 });
  });

  it.each([
    ['is missing', [100, 100], [50]],
    ['has nothing', [100, 100], [50, 0]],
    ['is no number', [100, 100], [50, Number.NaN]],
  ])('leaves a round out in which one side %s', (_what, ours, theirs) => {
    expect(ratioOf(ours, theirs)).toEqual({ median: 2, min: 2, max: 2 });
  });

  it('says nothing about nothing', () => {
    expect(ratioOf([], [1])).toBeUndefined();
  });
});
