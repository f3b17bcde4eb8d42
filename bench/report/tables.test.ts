import { expect, it } from 'vitest';
import { figure, measuredTable } from './tables.ts';

it.each([
  [0, '0.00'],
  [0.0421, '0.042'],
  [0.666, '0.67'],
  [2.345, '2.35'],
  [47.11, '47.1'],
  [31_415.9, '31,416'],
  [Number.NaN, '–'],
])('%d is said as %s', (value, said) => {
  expect(figure(value)).toBe(said);
});

it('sums up what was refused, and says medians and the highest peak', () => {
  const phase = (perSecond: number, mebibytes: number, outcomes: Record<string, number>) => {
    const peak = { together: mebibytes * 2 ** 20, largest: 0 };
    return { perSecond, p50: 1, p99: 2, cpu: 0.5, peak, good: 1, outcomes };
  };
  const phases = [
    phase(10, 30, { 200: 5, 500: 1 }),
    phase(20, 50, { 404: 2 }),
    phase(40, 40, { 500: 2 }),
  ];
  expect(measuredTable({ 'one-up': { 'ours, aged': phases } }).split('\n')[2]).toBe(
    '| one-up | this exchange, aged | 20.0 | 1.00 | 2.00 | 0.50 | 50.0 | 3 × 500, 2 × 404 |',
  );
});
