import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { RateUsage } from '../../ledger/limit-types.ts';
import type { HttpContext } from '../context.ts';
import { createRateLimits } from './rate-limit.ts';
import { syncRateLimits } from './rate-limit-sync.ts';

const minute = 60_000;
const perMinute = 120;

let time: number;
/** The usage in the ledger, by minute. */
let usageByMinute: Map<string, number>;

const ledger = {
  addressHashKey: async (now: number) => `the key of day ${Math.floor(now / (24 * 60 * minute))}`,
  recordUsage: async (now: number, usages: readonly RateUsage[]) =>
    usages.map(({ address, purpose, spent }) => {
      const name = `${Math.floor(now / minute)} ${purpose} ${address}`;
      usageByMinute.set(name, (usageByMinute.get(name) ?? 0) + spent);
      return { address, purpose, spent: usageByMinute.get(name) ?? 0 };
    }),
} as Pick<Ledger, 'recordUsage' | 'addressHashKey'> as Ledger;

/** One of several processes. */
function openProcess() {
  const exchange = {
    ledger,
    now: () => time,
    randomBytes,
    isShared: true,
  } as unknown as ExchangeContext;
  const settings = {
    RATE_LIMIT: true,
    GIFTS_PER_MINUTE: perMinute,
    DRAWS_PER_MINUTE: 6400,
    FREE_DRAWS_PER_HOUR: 3,
    BYTES_PER_MINUTE: 1e9,
    REPLIES_PER_MINUTE: 600,
    ROOMS_PER_HOUR: 60,
    ROOM_CODES_PER_MINUTE: 60,
    ORIGIN_CHANGES_PER_MINUTE: 60,
  } as HttpContext['settings'];
  const limits = createRateLimits({ exchange, settings });
  const from = (ip: string) => ({ ip }) as Parameters<typeof limits.gifts.take>[0];
  return {
    limits,
    sync: syncRateLimits(exchange, limits),
    /** Gives as often as the limit allows, at most `maxGifts` times. */
    give: (ip: string, maxGifts: number) => {
      for (let n = 0; n < maxGifts; n++) {
        try {
          limits.gifts.take(from(ip));
        } catch {
          return n;
        }
      }
      return maxGifts;
    },
    draw: (ip: string) => limits.draws.take(from(ip)),
    drawFree: (ip: string) => limits.freeDraws.take(from(ip)),
    givePlain: (ip: string) => limits.freeDraws.giveBack(from(ip)),
  };
}

beforeEach(() => {
  time = 1_000 * minute;
  usageByMinute = new Map();
});

describe('rate limits of several processes', () => {
  it('count the usage of the other processes', async () => {
    const [a, b] = [openProcess(), openProcess()];
    expect(a.give('1.1.1.1', 100)).toBe(100);
    await a.sync();
    expect(b.give('1.1.1.1', 10)).toBe(10);
    await b.sync();
    expect(b.give('1.1.1.1', perMinute)).toBe(10);
    expect(b.give('2.2.2.2', perMinute)).toBe(perMinute);
  });

  it('count the free draws of the other processes, and the gifts that pay for more', async () => {
    const [a, b] = [openProcess(), openProcess()];
    a.drawFree('1.1.1.1');
    b.drawFree('1.1.1.1');
    await a.sync();
    await b.sync();
    b.drawFree('1.1.1.1');
    expect(() => b.drawFree('1.1.1.1')).toThrow('very often');
    for (let n = 0; n < 5; n++) a.givePlain('1.1.1.1');
    await a.sync();
    b.givePlain('1.1.1.1');
    await b.sync();
    for (let n = 0; n < 6; n++) b.drawFree('1.1.1.1');
    expect(() => b.drawFree('1.1.1.1')).toThrow('very often');
  });

  it('count no usage twice', async () => {
    const [a, b] = [openProcess(), openProcess()];
    a.give('1.1.1.1', 20);
    await a.sync();
    for (let round = 0; round < 5; round++) {
      b.give('1.1.1.1', 2);
      await b.sync();
      await a.sync();
    }
    expect(b.give('1.1.1.1', perMinute)).toBe(perMinute - 20 - 10);
    await b.sync();
    a.give('1.1.1.1', 1);
    await a.sync();
    expect(a.give('1.1.1.1', perMinute)).toBe(0);
  });

  it('restore the full limit of an address after two idle minutes, whatever its usage', async () => {
    const all = Array.from({ length: 5 }, openProcess);
    for (const process of all) expect(process.give('1.1.1.1', 1000)).toBe(perMinute);
    for (const process of all) await process.sync();
    for (const process of all) await process.sync();
    time += minute;
    for (const process of all) expect(process.give('1.1.1.1', 1000)).toBeLessThanOrEqual(perMinute);
    time += 2 * minute;
    expect(all[0]?.give('1.1.1.1', 1000)).toBe(perMinute);
  });

  it('share only high usage, and never a plain address', async () => {
    const a = openProcess();
    a.draw('1.1.1.1');
    await a.sync();
    expect(usageByMinute.size).toBe(0);
    for (let n = 0; n < 100; n++) a.draw('1.1.1.1');
    await a.sync();
    // The address and its /24.
    expect([...usageByMinute.values()]).toEqual([101, 101]);
    expect([...usageByMinute.keys()].join()).not.toContain('1.1.1.1');
  });

  it('hash an address with another key each day', async () => {
    const a = openProcess();
    a.give('1.1.1.1', 10);
    await a.sync();
    time += 24 * 60 * minute;
    a.give('1.1.1.1', 10);
    await a.sync();
    const names = [...usageByMinute.keys()].map((name) => name.split(' ').at(-1));
    expect(new Set(names).size).toBe(2 * 2);
  });

  it('share at most 500 addresses and networks at a time', async () => {
    const networks = Math.ceil(700 / 256);
    const a = openProcess();
    for (let n = 0; n < 700; n++) a.give(`10.0.${n >> 8}.${n & 255}`, 2);
    await a.sync();
    expect(usageByMinute.size).toBe(500);
    await a.sync();
    expect(usageByMinute.size).toBe(700 + networks);
  });
});
