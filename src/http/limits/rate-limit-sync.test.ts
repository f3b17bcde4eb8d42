import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { RateUsage } from '../../ledger/types.ts';
import type { HttpContext } from '../context.ts';
import { createRateLimits } from './rate-limit.ts';
import { syncRateLimits } from './rate-limit-sync.ts';

const minute = 60_000;
const perMinute = 120;

let time: number;
/** The usage in the ledger, by minute. */
let book: Map<string, number>;

const ledger = {
  addressHashKey: async (now: number) => `the key of day ${Math.floor(now / (24 * 60 * minute))}`,
  recordUsage: async (now: number, spendings: readonly RateUsage[]) =>
    spendings.map(({ address, purpose, spent }) => {
      const name = `${Math.floor(now / minute)} ${purpose} ${address}`;
      book.set(name, (book.get(name) ?? 0) + spent);
      return { address, purpose, spent: book.get(name) ?? 0 };
    }),
} as Pick<Ledger, 'recordUsage' | 'addressHashKey'> as Ledger;

/** One of several processes. */
function process() {
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
    BYTES_PER_MINUTE: 1e9,
    REPLIES_PER_MINUTE: 600,
  } as HttpContext['settings'];
  const limits = createRateLimits({ exchange, settings });
  const from = (ip: string) => ({ ip }) as Parameters<typeof limits.gifts.take>[0];
  return {
    limits,
    share: syncRateLimits(exchange, limits),
    /** Gives as often as the limit allows, at most `most` times. */
    give: (ip: string, most: number) => {
      for (let n = 0; n < most; n++) {
        try {
          limits.gifts.take(from(ip));
        } catch {
          return n;
        }
      }
      return most;
    },
    draw: (ip: string) => limits.draws.take(from(ip)),
  };
}

beforeEach(() => {
  time = 1_000 * minute;
  book = new Map();
});

describe('limits of several processes', () => {
  it('know what was spent elsewhere', async () => {
    const [a, b] = [process(), process()];
    expect(a.give('1.1.1.1', 100)).toBe(100);
    await a.share();
    expect(b.give('1.1.1.1', 10)).toBe(10);
    await b.share();
    expect(b.give('1.1.1.1', perMinute)).toBe(10);
    expect(b.give('2.2.2.2', perMinute)).toBe(perMinute);
  });

  it('take nothing off twice', async () => {
    const [a, b] = [process(), process()];
    a.give('1.1.1.1', 20);
    await a.share();
    for (let round = 0; round < 5; round++) {
      b.give('1.1.1.1', 2);
      await b.share();
      await a.share();
    }
    expect(b.give('1.1.1.1', perMinute)).toBe(perMinute - 20 - 10);
    await b.share();
    a.give('1.1.1.1', 1);
    await a.share();
    expect(a.give('1.1.1.1', perMinute)).toBe(0);
  });

  it('let an address go on a minute after it has stopped, however much it overdid it', async () => {
    const all = Array.from({ length: 5 }, process);
    for (const one of all) expect(one.give('1.1.1.1', 1000)).toBe(perMinute);
    for (const one of all) await one.share();
    for (const one of all) await one.share();
    time += minute;
    for (const one of all) expect(one.give('1.1.1.1', 1000)).toBeLessThanOrEqual(perMinute);
    time += 2 * minute;
    expect(all[0]?.give('1.1.1.1', 1000)).toBe(perMinute);
  });

  it('say nothing of who asks for little, and never an address', async () => {
    const a = process();
    a.draw('1.1.1.1');
    await a.share();
    expect(book.size).toBe(0);
    for (let n = 0; n < 100; n++) a.draw('1.1.1.1');
    await a.share();
    expect([...book.values()]).toEqual([101]);
    expect([...book.keys()].join()).not.toContain('1.1.1.1');
  });

  it('know an address by another name the next day', async () => {
    const a = process();
    a.give('1.1.1.1', 10);
    await a.share();
    time += 24 * 60 * minute;
    a.give('1.1.1.1', 10);
    await a.share();
    const names = [...book.keys()].map((name) => name.split(' ').at(-1));
    expect(new Set(names).size).toBe(2);
  });

  it('tell so many at once, and the rest next', async () => {
    const a = process();
    for (let n = 0; n < 700; n++) a.give(`10.0.${n >> 8}.${n & 255}`, 2);
    await a.share();
    expect(book.size).toBe(500);
    await a.share();
    expect(book.size).toBe(700);
  });
});
