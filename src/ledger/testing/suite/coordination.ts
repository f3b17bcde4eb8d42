/** Cases of state that processes on several machines share. */
import { expect } from 'vitest';
import { type Case, sha256, start } from '../samples.ts';

const hour = 60 * 60 * 1000;
const minute = 60_000;

export const coordinationCases: Readonly<Record<string, Case>> = {
  'elects one of several processes for a job, once per period': async ({ ledger, second }) => {
    const other = await second();
    const claims = (now: number) =>
      Promise.all([ledger, other, ledger, other].map((process) => process.claimJob('sweep', now, hour)));
    const winners = async (now: number) => (await claims(now)).filter(Boolean).length;
    expect(await winners(start)).toBe(1);
    expect(await winners(start + hour - 1)).toBe(0);
    expect(await winners(start + hour)).toBe(1);
    expect(await other.claimJob('other job', start, hour)).toBe(true);
    await other.close();
  },

  'elects a process again when the last claim is far in the future': async ({ ledger }) => {
    expect(await ledger.claimJob('sweep', start + 9 * hour, hour)).toBe(true);
    expect(await ledger.claimJob('sweep', start, hour)).toBe(true);
    expect(await ledger.claimJob('sweep', start + 1, hour)).toBe(false);
  },

  'sums the usage of each address per minute over all processes': async ({ ledger, second }) => {
    const other = await second();
    const a = { address: sha256('a'), purpose: 'gifts' };
    const b = { address: sha256('b'), purpose: 'gifts' };
    const bytes = { address: sha256('a'), purpose: 'bytes' };
    await ledger.recordUsage(start, [
      { ...a, spent: 2 },
      { ...b, spent: 1 },
    ]);
    const totals = await other.recordUsage(start, [
      { ...b, spent: 5 },
      { ...a, spent: 3 },
      { ...bytes, spent: 5e12 },
    ]);
    expect(new Set(totals)).toEqual(
      new Set([
        { ...a, spent: 5 },
        { ...b, spent: 6 },
        { ...bytes, spent: 5e12 },
      ]),
    );
    expect(await ledger.recordUsage(start + minute, [{ ...a, spent: 1 }])).toEqual([{ ...a, spent: 1 }]);
    expect(await ledger.recordUsage(start, [])).toEqual([]);
    await other.close();
  },

  'counts concurrent usage exactly': async ({ ledger, second }) => {
    const other = await second();
    const addresses = ['a', 'b', 'c'].map(sha256);
    const recordAll = (n: number) =>
      (n % 2 ? other : ledger).recordUsage(
        start,
        (n % 3 ? addresses : addresses.toReversed()).map((address) => ({
          address,
          purpose: 'draws',
          spent: 1,
        })),
      );
    await Promise.all(Array.from({ length: 40 }, (_, n) => recordAll(n)));
    expect(await recordAll(0)).toMatchObject([{ spent: 41 }, { spent: 41 }, { spent: 41 }]);
    await other.close();
  },

  'agrees on one hash key per day, and purges old keys and old usage': async ({ ledger, second }) => {
    const other = await second();
    const day = 24 * hour;
    const keys = await Promise.all([ledger.addressHashKey(start, 'one'), other.addressHashKey(start, 'two')]);
    expect(keys[0]).toBe(keys[1]);
    expect(await ledger.addressHashKey(start + day, 'three')).toBe('three');
    await ledger.recordUsage(start, [{ address: 'a', purpose: 'gifts', spent: 1 }]);
    expect(await ledger.purge(start, 10)).toBe(0);
    expect(await ledger.purge(day + 2 * minute, 10)).toBe(1);
    expect(await ledger.purge(day + 4 * minute, 10)).toBe(1);
    expect(await ledger.addressHashKey(start, 'four')).toBe('four');
    await other.close();
  },
};
