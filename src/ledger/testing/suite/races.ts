/** Cases of promise P2, once: many draws over two connections to the same data. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import { type Case, deadlines, deliveryOf, draw, drawFree, give, givePlain, statsOf } from '../samples.ts';

const drawers = 64;
const gifts = 300;

/** Runs all draws at once, half of them on each connection, and joins their results. */
async function race<T>(
  { ledger, second }: Parameters<Case>[0],
  drawer: (ledger: Ledger, number: number) => Promise<T[]>,
): Promise<T[]> {
  const other = await second();
  const all = Array.from({ length: drawers }, (_, n) => drawer(n % 2 ? other : ledger, n));
  const drawn = (await Promise.all(all)).flat();
  await other.close();
  return drawn;
}

export const raceCases: Readonly<Record<string, Case>> = {
  'draws each gift once in concurrent free draws': async (opened) => {
    const { ledger } = opened;
    const given = await Promise.all(Array.from({ length: gifts }, () => givePlain(ledger)));
    const drawn = await race(opened, async (ledger, number) => {
      const keys: string[] = [];
      for (;;) {
        const draw = await drawFree(ledger);
        if (draw.outcome !== 'drawn') return keys;
        keys.push(draw.delivery.gift.key);
        if (number % 3 === 0) await ledger.complete(draw.delivery.id, deadlines);
      }
    });
    expect(drawn.toSorted()).toEqual(given.map(({ key }) => key).toSorted());
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, bytes: 0 });
  },

  'draws one gift per ticket and each gift once': async (opened) => {
    const { ledger } = opened;
    const given = await Promise.all(Array.from({ length: gifts }, () => give(ledger)));
    const tickets = given.map(({ ticket }) => ticket);
    const drawn = await race(opened, async (ledger) => {
      const results = [];
      for (let ticket = tickets.pop(); ticket; ticket = tickets.pop()) {
        results.push({ ticket, result: await draw(ledger, ticket) });
      }
      return results;
    });
    const keys = drawn.flatMap(({ result }) => (result.outcome === 'drawn' ? [result.delivery.gift.key] : []));
    expect(new Set(keys).size).toBe(keys.length);
    // The last ticket may be left with its own gift; another giver's gift ends its wait.
    const waiting = drawn.filter(({ result }) => result.outcome === 'waiting');
    expect(waiting.length).toBeLessThanOrEqual(1);
    expect(keys.length + waiting.length).toBe(gifts);
    expect(await statsOf(ledger)).toMatchObject({ gifts: waiting.length });
    const { key } = await givePlain(ledger);
    for (const { ticket } of waiting) {
      expect(deliveryOf(await draw(ledger, ticket)).gift.key).toBe(key);
    }
  },

  'leaves no ticket waiting while the pool holds an eligible gift': async (opened) => {
    // The pool stays empty, so that draws find nothing at the moment of a give.
    await race(opened, async (ledger) => {
      for (let round = 0; round < 6; round++) {
        const { ticket } = await give(ledger);
        await draw(ledger, ticket);
      }
      return [];
    });
    const { tickets } = await opened.ledger.audit();
    expect(tickets.waiting ?? 0).toBeLessThanOrEqual(1);
  },

  'creates one delivery for concurrent draws with the same ticket': async (opened) => {
    const { ledger } = opened;
    await Promise.all(Array.from({ length: 20 }, () => givePlain(ledger)));
    const { ticket } = await give(ledger);
    const drawn = await race(opened, async (ledger) => [deliveryOf(await draw(ledger, ticket)).id]);
    expect(new Set(drawn).size).toBe(1);
    expect(await ledger.audit()).toMatchObject({ deliveries: { open: 1 } });
  },

  'delivers each gift once while leases expire': async (opened) => {
    const { ledger } = opened;
    await Promise.all(Array.from({ length: 40 }, () => givePlain(ledger)));
    const received = await race(opened, async (ledger, number) => {
      const keys: string[] = [];
      for (let round = 0; round < 10; round += 1) {
        const draw = await drawFree(ledger, null, {
          ...deadlines,
          leaseUntil: deadlines.now + number,
        });
        if (draw.outcome !== 'drawn') continue;
        await ledger.expireLeases({ ...deadlines, now: deadlines.now + round * 7 }, 10);
        if (await ledger.complete(draw.delivery.id, deadlines)) keys.push(draw.delivery.gift.key);
      }
      return keys;
    });
    expect(new Set(received).size).toBe(received.length);
    const { gifts } = await ledger.audit();
    expect(gifts.delivered).toBe(received.length);
    expect((gifts.pooled ?? 0) + (gifts.leased ?? 0)).toBe(40 - received.length);
  },
};
