import { describe, expect, it } from 'vitest';
import { bestOf, ratiosOf, regressions } from './baseline.ts';
import { rates } from './samples.ts';

it('records the exchange against each other one', () => {
  const measured = {
    '4k-up': { ours: rates(100, 120), bare: rates(200, 200), fastify: rates(50, 60) },
    stats: { 'ours, 10² gifts': rates(1) },
  };
  expect(ratiosOf(measured)).toEqual({ '4k-up': { bare: 0.55, fastify: 2 } });
});

describe('fallen', () => {
  const recorded = { '4k-up': { fastify: 3 } };

  it.each([[3], [4.5], [2.01]])('lets 3 × become %d ×', (ratio) => {
    expect(regressions({ '4k-up': { fastify: ratio } }, recorded)).toEqual([]);
  });

  it('says what is more than a third below', () => {
    expect(regressions({ '4k-up': { fastify: 1.99 } }, recorded)).toEqual([
      '4k-up against fastify: 1.99 ×, and it was 3 ×',
    ]);
  });

  it('knows nothing of what was not recorded', () => {
    expect(regressions({ '1m-up': { fastify: 0.1 } }, recorded)).toEqual([]);
  });
});

it('of two runs the better one of each ratio counts', () => {
  const first = { '4k-up': { fastify: 1, bare: 0.5 } };
  const second = { '4k-up': { fastify: 2, bare: 0.4 } };
  expect(bestOf(first, second)).toEqual({ '4k-up': { fastify: 2, bare: 0.5 } });
  expect(bestOf({}, second)).toEqual(second);
});
