/** Cases of the two tiers: which one a gift enters, and what a ticket may have of the other. */
import { expect } from 'vitest';
import type { FileKind } from '../../../contract/vocabulary.ts';
import type { Ledger } from '../../ledger.ts';
import type { GiftOrigin } from '../../limit-types.ts';
import type { Deadlines, NewGift } from '../../types.ts';
import {
  type Case,
  deadlines,
  deadlinesAt,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  later,
  next,
  seededRandom,
  sha256,
  spans,
  start,
  statsOf,
  type TicketedGift,
} from '../samples.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** The origin of a gift from an address, with a budget of two gifts for the address and for each further name. */
const from = (address: string, ...others: string[]): { origin: GiftOrigin } => ({
  origin: {
    address: `0 ${address}`,
    budgets: [address, ...others].map((name) => ({ name: `0 ${name}`, limit: 2 })),
  },
});

const deadlinesLong = { ...deadlines, ticketUntil: start + day };

/** Gives with a ticket, from an address and by a giver of its own, as often as `count` says. */
async function giveAll(ledger: Ledger, count: number, gift: Partial<NewGift>): Promise<TicketedGift[]> {
  const given: TicketedGift[] = [];
  for (let n = 0; n < count; n++) given.push(await give(ledger, gift, deadlinesLong));
  return given;
}

const outcomeOf = async (ledger: Ledger, { ticket }: TicketedGift, at: Deadlines = deadlines) =>
  (await draw(ledger, ticket, at)).outcome;

/** Draws with all tickets; answers the keys of the gifts they got. */
async function drawAll(ledger: Ledger, tickets: readonly TicketedGift[], at = deadlines): Promise<string[]> {
  const keys: string[] = [];
  for (const { ticket } of tickets) {
    const result = await draw(ledger, ticket, at);
    if (result.outcome === 'drawn') keys.push(result.delivery.gift.key);
  }
  return keys;
}

const keysOf = (gifts: readonly { readonly key: string }[]) => gifts.map(({ key }) => key);

export const tierCases: Readonly<Record<string, Case>> = {
  'lets as many gifts into the main tier as the budget of an address says, and draws no more of it': async ({
    ledger,
  }) => {
    const honest = await giveAll(ledger, 6, {});
    const junk = await giveAll(ledger, 8, { giver: 'attacker', ...from('x') });
    const got = await drawAll(ledger, junk);
    expect(got).toHaveLength(2);
    expect(keysOf(honest)).toEqual(expect.arrayContaining(got));
  },

  'lets no gift in beyond the budget of its giver or page, and takes nothing from the others': async ({ ledger }) => {
    const honest = keysOf(await giveAll(ledger, 8, {}));
    const byGiver = await giveAll(ledger, 4, { giver: 'g', ...from('x', 'giver') });
    const elsewhere = await giveAll(ledger, 1, { giver: 'g', ...from('y', 'giver') });
    const page = await giveAll(ledger, 3, { giver: 'g', ...from('z', 'page') });
    const got = await drawAll(ledger, [...byGiver, ...elsewhere, ...page]);
    expect(got.filter((key) => honest.includes(key))).toHaveLength(4);
    expect(got).toHaveLength(4);
    // The gifts over the budget of the giver used nothing of the address of another.
    const neighbour = await give(ledger, { giver: 'g', ...from('y') });
    expect(honest).toEqual(expect.arrayContaining(await drawAll(ledger, [neighbour])));
  },

  'says how much of the budget is left': async ({ ledger }) => {
    const left: (number | undefined)[] = [];
    for (let n = 0; n < 4; n++) left.push((await givePlain(ledger, from('x'))).budgetLeft);
    expect(left).toEqual([1, 0, 0, 0]);
    expect((await givePlain(ledger)).budgetLeft).toBeUndefined();
    const { origin } = from('y', 'x');
    expect((await givePlain(ledger, { origin })).budgetLeft).toBe(0);
  },

  'takes a copy of a known gift into the overflow tier, whoever gives it': async ({ ledger }) => {
    await giveAll(ledger, 3, {});
    const bytes = { sha256: sha256('same') };
    await givePlain(ledger, { ...bytes, ...from('x') });
    const copies = await Promise.all(['y', 'z'].map((address) => give(ledger, { ...bytes, ...from(address) })));
    expect(await drawAll(ledger, copies)).toEqual([]);
    const again = await give(ledger, { sha256: sha256('other'), ...from('w') }, deadlinesLong);
    expect(await outcomeOf(ledger, again)).toBe('drawn');
  },

  'counts many gifts at once as it counts them one by one': async ({ ledger }) => {
    const honest = keysOf(await giveAll(ledger, 8, {}));
    const giveMany = (gift: (n: number) => Partial<NewGift>) =>
      Promise.all(Array.from({ length: 20 }, (_, n) => give(ledger, { giver: 'one', ...gift(n) })));
    const junk = await giveMany((n) => from('x', `name ${n}`));
    const copies = await giveMany((n) => ({ sha256: sha256('one'), ...from(`copy ${n}`) }));
    const got = await drawAll(ledger, [...junk, ...copies]);
    expect(honest).toEqual(expect.arrayContaining(got));
    expect(got).toHaveLength(3);
  },

  'counts both tiers in the statistics, and draws free gifts of both': async ({ ledger }) => {
    for (let n = 0; n < 6; n++) await givePlain(ledger, from('x'));
    expect(await statsOf(ledger)).toMatchObject({ gifts: 6, givenTotal: 6, kinds: [{ kind: 'text', gifts: 6 }] });
    expect(await ledger.keptFigures()).toMatchObject({ gifts: 6, bytes: 60 });
    const draws = await Promise.all(Array.from({ length: 6 }, () => drawFree(ledger)));
    expect(draws.map(({ outcome }) => outcome)).toEqual(Array(6).fill('drawn'));
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'draws what a neighbour gave today, if its tier holds nothing': async ({ ledger }) => {
    const household = from('home');
    const first = await giveAll(ledger, 2, { giver: 'first', ...household });
    const second = await giveAll(ledger, 1, { giver: 'second', ...household });
    expect(keysOf(first)).toEqual(expect.arrayContaining(await drawAll(ledger, second)));
    expect(await drawAll(ledger, first)).toEqual(keysOf(second));
  },

  'holds a gift for a neighbour that waits in the other tier': async ({ ledger }) => {
    const household = from('home');
    const first = await giveAll(ledger, 2, { giver: 'first', ...household });
    expect(await drawAll(ledger, first)).toEqual([]);
    const second = await give(ledger, { giver: 'second', ...household });
    expect(second.notices).toContainEqual({ ticketId: first[0]?.ticketId, event: 'ready' });
    expect(await drawAll(ledger, [first[0] as TicketedGift])).toEqual([second.key]);
    expect(keysOf(first)).toEqual(expect.arrayContaining(await drawAll(ledger, [second])));
  },

  'draws nothing of the other tier from another address, or of another day': async ({ ledger }) => {
    await giveAll(ledger, 2, { giver: 'first', ...from('home') });
    await giveAll(ledger, 2, { giver: 'second', ...from('away') });
    const over = await give(ledger, { giver: 'second', ...from('away') });
    expect(await outcomeOf(ledger, over)).toBe('waiting');
    await ledger.withdraw(over.ticket, deadlines);
    await ledger.purge(start + 3 * day, 100);
    const late = await giveAll(ledger, 3, { giver: 'third', ...from('home') });
    expect(await outcomeOf(ledger, late[2] as TicketedGift)).toBe('waiting');
  },

  'gives a ticket of the main tier a free gift of the overflow tier after an hour': async ({ ledger }) => {
    const [main] = await giveAll(ledger, 1, { giver: 'm', ...from('x') });
    await givePlain(ledger, { giver: 'm', ...from('x') });
    const owed = await give(ledger, from('o', 'x'), deadlinesLong);
    expect(await outcomeOf(ledger, main as TicketedGift)).toBe('waiting');
    const at = { ...later(hour), ticketUntil: start + day };
    const served = async (now: Deadlines) => (await ledger.serveOverlooked(now, { pool: 0, ticket: 0 }, 10)).count;
    expect(await served(at)).toBe(0);
    const free = await givePlain(ledger, from('p', 'x'));
    expect(await served(later(hour - 1))).toBe(0);
    expect(await served(at)).toBe(1);
    expect([owed.key, free.key]).toEqual(expect.arrayContaining(await drawAll(ledger, [main as TicketedGift], at)));
  },

  'lets a ticket of the overflow tier wait, however long': async ({ ledger }) => {
    for (let n = 0; n < 4; n++) await givePlain(ledger);
    const [, , over] = await giveAll(ledger, 3, { giver: 'x', ...from('x') });
    expect(await outcomeOf(ledger, over as TicketedGift, { ...later(2 * hour), ticketUntil: start + day })).toBe(
      'waiting',
    );
    expect((await ledger.serveOverlooked(later(3 * hour), { pool: 0, ticket: 0 }, 10)).count).toBe(0);
  },

  'withdraws a gift that was swapped, and leaves every other ticket backed': async ({ ledger }) => {
    const household = from('home');
    const first = await giveAll(ledger, 2, { giver: 'first', ...household });
    const [second] = await giveAll(ledger, 1, { giver: 'second', ...household });
    await drawn(draw(ledger, (second as TicketedGift).ticket));
    await ledger.expireLeases(later(spans.lease), 10);
    expect((await ledger.audit()).faults).toEqual([]);
    await ledger.withdraw((second as TicketedGift).ticket, later(spans.lease));
    expect((await ledger.audit()).faults).toEqual([]);
    expect(await drawAll(ledger, first, later(spans.lease))).toEqual([]);
    const third = await give(ledger, { giver: 'third', ...household }, later(spans.lease));
    await ledger.withdraw((first[0] as TicketedGift).ticket, later(spans.lease));
    expect(third.notices).toHaveLength(1);
  },

  'forgets addresses and budgets after two days': async ({ ledger }) => {
    await giveAll(ledger, 2, { giver: 'first', ...from('home') });
    expect(await ledger.purge(start + day, 100)).toBe(0);
    expect(await ledger.purge(start + 2 * day, 100)).toBeGreaterThan(0);
    expect((await givePlain(ledger, from('home'))).budgetLeft).toBe(1);
  },

  'keeps every rule through random gifts of neighbours, with and without wishes': async ({ ledger }) => {
    for (const seed of [1, 2, 3]) await playRandomly(ledger, seed);
  },
};

const kinds: readonly FileKind[] = ['text', 'image'];

/** Gives, draws, withdraws and lets leases end at random, and audits after each step. */
async function playRandomly(ledger: Ledger, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pickOne = <T>(items: readonly T[]) => items[random(items.length)] as T;
  const tickets: string[] = [];
  let now = start + seed * hour * 100;
  const moves: (() => Promise<unknown>)[] = [
    async () => {
      const kind = pickOne(kinds);
      const wish = pickOne([null, ['text'], ['image'], [...kinds]] as const);
      const giver = `${seed} giver ${random(4)}`;
      const origin = pickOne([undefined, from(`${seed} ${random(2)}`, giver).origin]);
      const hash = sha256(`${seed} ticket ${next()}`);
      const ticketHash = random(4) === 0 ? null : hash;
      const bytes = random(6) === 0 ? sha256(`${seed} copy`) : sha256(`${seed} ${next()}`);
      const gift = { kind, giver, origin, ticketHash, wish: wish && [...wish], sha256: bytes };
      await givePlain(ledger, gift, { ...deadlinesAt(now), ticketUntil: now + day });
      if (ticketHash !== null) tickets.push(hash);
    },
    async () => {
      const hash = tickets.length > 0 ? pickOne(tickets) : undefined;
      if (hash !== undefined) await draw(ledger, hash, deadlinesAt(now)).catch(() => undefined);
    },
    () => drawFree(ledger, pickOne([null, `${seed} giver 0`]), deadlinesAt(now)),
    async () => {
      if (tickets.length > 0) await ledger.withdraw(pickOne(tickets), deadlinesAt(now)).catch(() => undefined);
    },
    async () => {
      now += pickOne([spans.hold, spans.lease, hour]);
      await ledger.expireLeases(deadlinesAt(now), 10);
    },
    () => ledger.serveOverlooked(deadlinesAt(now), { pool: 0, ticket: 0 }, 100),
  ];
  for (let step = 0; step < 150; step++) {
    const move = random(3) === 0 ? pickOne(moves.slice(2)) : pickOne(moves.slice(0, 2));
    await move();
    const { faults } = await ledger.audit();
    expect(faults, `seed ${seed}, step ${step}, ${moves.indexOf(move)}`).toEqual([]);
  }
}
