import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DrawnGift, type DrawProcess, startDrawProcess } from '../../../test/clients/draw-processes.ts';
import { type Postgres, skipReason, startPostgres } from '../../../test/setup/postgres.ts';
import { openPostgresLedger } from '../create-ledger.ts';
import { openPostgres } from '../engine/postgres/postgres.ts';
import type { Ledger } from '../ledger.ts';
import type { Tables } from '../schema/tables.ts';
import { unfairnessOfRounds } from './fairness.ts';
import { deadlinesAt, give, givePlain, seededRandom, start, statsOf } from './samples.ts';

const reason = await skipReason();
if (reason) console.warn(`Draws of several processes are not tested: ${reason}.`);

const processes = 3;
const drawsEach = 20;
const gifts = 120;
const rounds = 120;
/** Few enough that rolls hit, and that all of them miss now and then: both ways to pick a gift run. */
const slots = 1024;
/** Counted in groups, which show a slope that single gifts do not show. */
const tenths = 10;

const roundsOf = <T>(round: (number: number) => T): T[] => Array.from({ length: rounds }, (_, number) => round(number));

describe('the fairness test of rounds', () => {
  const random = seededRandom(5);
  /** Half of all gifts: those drawn most often. */
  const luckiest = (favour: (gift: number) => number) =>
    Array.from({ length: gifts }, (_, gift) => ({ gift, luck: random(1000) * favour(gift) }))
      .sort((a, b) => b.luck - a.luck)
      .slice(0, processes * drawsEach)
      .map(({ gift }) => gift);

  it('accepts fair rounds', () => {
    const fair = roundsOf(() => luckiest(() => 1));
    expect(unfairnessOfRounds(fair, gifts)).toBeLessThan(1);
    expect(unfairnessOfRounds(fair, gifts, tenths)).toBeLessThan(1);
  });

  it('rejects rounds that take the oldest first', () => {
    const oldest = roundsOf(() => Array.from({ length: 60 }, (_, gift) => gift));
    expect(unfairnessOfRounds(oldest, gifts)).toBeGreaterThan(1);
  });

  it('rejects rounds in which the oldest gift is a quarter more likely than the youngest', () => {
    const slope = roundsOf(() => luckiest((gift) => 1.25 - gift / gifts / 4));
    expect(unfairnessOfRounds(slope, gifts, tenths)).toBeGreaterThan(1);
  });

  it('rejects rounds in which one gift is never drawn', () => {
    const without = roundsOf(() => luckiest((gift) => (gift === 7 ? 0 : 1)));
    expect(unfairnessOfRounds(without, gifts)).toBeGreaterThan(1);
  });
});

describe.skipIf(reason !== undefined)('concurrent draw processes', { timeout: 300_000 }, () => {
  let server: Postgres;
  let url: string;
  let db: Kysely<Tables>;
  let ledger: Ledger;
  let drawing: readonly DrawProcess[];

  beforeAll(async () => {
    server = await startPostgres();
    url = server.url(await server.newDatabase());
    db = await openPostgres(url);
    ledger = await openPostgresLedger(url, (n) => Math.floor(Math.random() * n));
    drawing = await Promise.all(Array.from({ length: processes }, () => startDrawProcess(url)));
  }, 120_000);
  afterAll(async () => {
    for (const process of drawing ?? []) await process.stop();
    await ledger?.close();
    await db?.destroy();
    await server?.stop();
  });

  /** All processes draw at the same time, each with its own tickets. */
  const drawAll = (tickets: readonly (readonly string[])[], now: number, receive: boolean) =>
    Promise.all(drawing.map((process, n) => process.draw({ tickets: tickets[n] ?? [], now, receive })));

  const keysBySlot = async (): Promise<readonly string[]> => {
    const inSlots = db.selectFrom('gift').select('key').where('slot', 'is not', null);
    const rows = await inSlots.where('giver', '!=', 'drawer').orderBy('slot').execute();
    return rows.map(({ key }) => key);
  };

  /**
   * Gives one gift and withdraws it, unless a draw was faster, so that slots fill and empty meanwhile. Answers how many
   * tickets stay open.
   */
  const giveAndWithdraw = async (now: number): Promise<number> => {
    const { ticket } = await give(ledger, { giver: 'drawer' }, deadlinesAt(now));
    return ledger.withdraw(ticket, deadlinesAt(now)).then(
      () => 0,
      () => 1,
    );
  };

  const expireAll = async (now: number): Promise<void> => {
    while ((await ledger.expireLeases(deadlinesAt(now), 100)).count > 0);
  };

  it('draw every gift with the same probability, whatever its age, slot and process', async () => {
    await db
      .updateTable('pool')
      .set({ kind_slots: JSON.stringify({ text: slots }) })
      .execute();
    const tickets = drawing.map((): string[] => []);
    const lasting = { ...deadlinesAt(start), ticketUntil: start + 1e9 };
    for (let n = 0; n < processes * drawsEach; n++)
      tickets[n % processes]?.push((await give(ledger, { giver: 'drawer' }, lasting)).ticket);
    const byAge: string[] = [];
    for (let n = 0; n < gifts; n++) byAge.push((await givePlain(ledger)).key);
    const ages: number[][] = [];
    const places: number[][] = [];
    const shares: number[][][] = drawing.map(() => []);
    for (let round = 0; round < rounds; round++) {
      const now = start + round * 1000;
      const bySlot = await keysBySlot();
      const [drawnGifts] = await Promise.all([
        drawAll(tickets, now, false),
        ...Array.from({ length: 10 }, () => giveAndWithdraw(now)),
      ]);
      const keys = drawnGifts.flat().map(({ key }) => key);
      expect(new Set(keys).size).toBe(processes * drawsEach);
      ages.push(keys.map((key) => byAge.indexOf(key)));
      places.push(keys.map((key) => bySlot.indexOf(key)));
      drawnGifts.forEach((share, n) => {
        shares[n]?.push(share.map(({ key }) => byAge.indexOf(key)));
      });
      await expireAll(now + 500);
      // After a lapse a ticket draws the same gift again, or only later; in each round all draw anew.
      await db.updateTable('ticket').set({ lapsed_gift: null, lapses: 0, draws_after: null }).execute();
    }
    expect(unfairnessOfRounds(ages, gifts)).toBeLessThan(1);
    expect(unfairnessOfRounds(ages, gifts, tenths)).toBeLessThan(1);
    expect(unfairnessOfRounds(places, gifts)).toBeLessThan(1);
    expect(unfairnessOfRounds(places, gifts, tenths)).toBeLessThan(1);
    for (const share of shares) {
      expect(unfairnessOfRounds(share, gifts, tenths)).toBeLessThan(1);
      // The first answer has no better choice than the last.
      const firsts = share.map((round) => round.slice(0, 1));
      expect(unfairnessOfRounds(firsts, gifts, tenths)).toBeLessThan(1);
    }
    expect((await ledger.audit()).faults).toEqual([]);
  });

  it('draw each gift once and one gift per ticket while gifts come and go', async () => {
    const now = start + 10_000_000;
    const drawnGifts: DrawnGift[] = [];
    const tickets: string[] = [];
    let open = processes * drawsEach;
    for (let round = 0; round < 10; round++) {
      const given = await Promise.all(Array.from({ length: 60 }, () => give(ledger, {}, deadlinesAt(now))));
      const fresh = given.map(({ ticket }) => ticket);
      tickets.push(...fresh);
      // Two processes use every ticket at once.
      const shares = drawing.map((_one, n) => fresh.filter((_ticket, at) => at % processes !== n));
      const [drawn, ...left] = await Promise.all([
        drawAll(shares, now, true),
        ...Array.from({ length: 10 }, () => giveAndWithdraw(now)),
      ]);
      open += left.reduce((sum, tickets) => sum + tickets, 0);
      drawnGifts.push(...drawn.flat());
    }
    const keyOf = new Map(drawnGifts.map(({ ticket, key }) => [ticket, key]));
    const served = new Set(drawnGifts.map(({ ticket, key }) => `${ticket} ${key}`));
    expect(keyOf.size).toBe(tickets.length);
    expect(served.size).toBe(tickets.length);
    expect(new Set(keyOf.values()).size).toBe(tickets.length);
    const { gifts: states, deliveries, faults } = await ledger.audit();
    expect(faults).toEqual([]);
    expect(states.delivered).toBe(tickets.length);
    expect(deliveries.received).toBe(tickets.length);
    expect((await statsOf(ledger)).openTickets).toBe(open);
  });
});
