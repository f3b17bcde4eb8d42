import { describe, expect, it } from 'vitest';
import { compareLatency, compareMemory, compareProcesses, compareThroughput } from './comparisons.ts';
import { phase, rates } from './samples.ts';

const waits = (...all: number[]) => all.map((p50) => phase({ p50 }));

describe('compareThroughput', () => {
  const rivalry = { work: '1m-up', rivals: ['flask', 'tus'], against: 'both', times: 2 } as const;

  it('compares with the best rival of each round', () => {
    const by = { ours: rates(100, 100), flask: rates(50, 10), tus: rates(10, 40) };
    const [line] = compareThroughput({ '1m-up': by }, rivalry);
    expect(line).toMatchObject({ found: '2.25 × (2.00–2.50)', isMet: true, target: '≥ 2 ×' });
  });

  it('ignores a rival that could not run', () => {
    const [line] = compareThroughput({ '1m-up': { ours: rates(100), tus: rates(80) } }, rivalry);
    expect(line).toMatchObject({ found: '1.25 × (1.25–1.25)', isMet: false });
  });

  it('returns nothing without rivals', () => {
    expect(compareThroughput({ '1m-up': { ours: rates(100) } }, rivalry)).toEqual([]);
    expect(compareThroughput({}, rivalry)).toEqual([]);
  });
});

it('compareLatency misses its target above the bound', () => {
  const about = { work: 'draw', against: 'few' };
  expect(compareLatency(about, 1.2, waits(1.2), waits(1))[0]?.isMet).toBe(true);
  expect(compareLatency(about, 1.2, waits(1.3), waits(1))[0]?.isMet).toBe(false);
  expect(compareLatency(about, 1.2, undefined, waits(1))).toEqual([]);
});

it('compareProcesses takes the slowest by CPU time, in times of its yardstick', () => {
  const phases = (...all: number[]) => all.map((cpu) => phase({ cpu }));
  const [line] = compareProcesses(phases(0.2, 0.5, 0.22), phases(0.1, 0.2, 0.1));
  expect(line).toMatchObject({ found: '0.80 × (2.00–2.50 × bare Node.js)', isMet: false });
  expect(compareProcesses(phases(0.2, 0.46), phases(0.1, 0.2))[0]?.isMet).toBe(true);
});

describe('compareMemory', () => {
  const peaks = (...all: number[]) =>
    all.map((mebibytes) => phase({ peak: { together: 2 * mebibytes * 2 ** 20, largest: mebibytes * 2 ** 20 } }));

  it('takes the highest peak of the exchange and of no other peer', () => {
    const measured = { a: { ours: peaks(100, 120), bare: peaks(900) }, b: { 'ours, aged': peaks(151) } };
    expect(compareMemory(measured)).toMatchObject([{ found: '151 MiB', isMet: false }]);
    expect(compareMemory({ a: measured.a })).toMatchObject([{ found: '120 MiB', isMet: true }]);
    expect(compareMemory({})).toEqual([]);
  });

  it('adds up the processes where there are two workers', () => {
    const measured = {
      a: { ours: peaks(100) },
      '50m4-up': { ours: peaks(125, 90) },
      '50m4-down': { ours: peaks(126) },
    };
    expect(compareMemory(measured)).toMatchObject([
      { found: '100 MiB', isMet: true },
      { found: '252 MiB', isMet: false },
    ]);
  });
});
