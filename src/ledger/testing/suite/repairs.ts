/** Cases of sparse pools and overlooked tickets. They write past the verbs, since no verb leads there. */
import { randomInt } from 'node:crypto';
import type { Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createLedger } from '../../create-ledger.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Tx } from '../../engine/isolation.ts';
import type { Ledger } from '../../ledger.ts';
import { serveOverlooked } from '../../maintenance/serve-overlooked.ts';
import { kindSlotsOf } from '../../matching/kind-slots.ts';
import { pickForEach } from '../../matching/random-pick.ts';
import type { Db, Tables } from '../../schema/tables.ts';
import { findTiers } from '../../stats/counters.ts';
import { withdraw } from '../../verbs/withdraw.ts';
import { unfairness } from '../fairness.ts';
import { deadlines, draw, drawFree, drawn, give, givePlain, stateOf } from '../samples.ts';

/** A database of its own for each case, up to date and empty. */
export type OpenDatabase = () => Promise<{ db: Kysely<Tables>; engine: Engine }>;

interface Opened {
  readonly db: Kysely<Tables>;
  readonly ledger: Ledger;
}

const giftCount = 600;
const roll = (n: number) => randomInt(n);

/** A transaction that is not exclusive, for verbs that are called past the queue. */
const txOn = (db: Db): Tx => ({
  db,
  random: roll,
  fill: new Map(),
  isExclusive: false,
  canTakeFree: false,
  canTakeLastFree: false,
  maxInFlight: async () => 0,
});

async function slotsOf(db: Kysely<Tables>): Promise<number> {
  return kindSlotsOf((await findTiers(db, 'public')).main).text ?? 0;
}

const setSlots = (db: Kysely<Tables>, text: number) =>
  db
    .updateTable('pool')
    .set({ kind_slots: JSON.stringify({ text }) })
    .where('overflow_of', 'is', null)
    .execute();

const anything = { exclusions: null, kinds: null, owedKind: null };

/** A pool that was large once. */
async function makeSparse({ db, ledger }: Opened, slots: number, gifts = giftCount): Promise<string[]> {
  await setSlots(db, slots);
  const keys: string[] = [];
  // One transaction after another, since concurrent ones that want the same slots may grow the pool.
  while (keys.length < gifts) {
    const batch = Array.from({ length: Math.min(gifts - keys.length, 200) }, () => givePlain(ledger));
    keys.push(...(await Promise.all(batch)).map(({ key }) => key));
  }
  return keys;
}

async function compactAll(ledger: Ledger): Promise<number> {
  let steps = 0;
  while ((await ledger.compactSlots()) > 0) steps++;
  return steps;
}

/** Draws until the pool is empty. */
async function drawAll(ledger: Ledger): Promise<string[]> {
  const keys: string[] = [];
  const drawer = async () => {
    for (;;) {
      const draw = await drawFree(ledger);
      if (draw.outcome !== 'drawn') return;
      keys.push(draw.delivery.gift.key);
    }
  };
  await Promise.all(Array.from({ length: 32 }, drawer));
  return keys;
}

/** Makes a ticket wait although the pool may have a gift for it. */
async function overlook({ db }: Opened, ticket: string): Promise<void> {
  await db.updateTable('ticket').set({ state: 'waiting' }).where('hash', '=', ticket).execute();
}

/** Serves a ticket, and runs `act` between the search for a gift and its claim. */
async function serveWhile({ db }: Opened, id: number, act: (db: Kysely<Tables>) => Promise<unknown>) {
  return db.connection().execute((connection) => {
    let isDone = false;
    const racing = connection.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        const isSearch = result.rows.some((row) => 'slot' in row && 'giver' in row);
        if (isSearch && !isDone) {
          isDone = true;
          await act(connection);
        }
        return result;
      },
    });
    return serveOverlooked(txOn(racing), [id], deadlines);
  });
}

/** Serves the whole queue. */
async function serveAll(ledger: Ledger, limit: number) {
  const notices = [];
  let from: { pool: number; ticket: number } | undefined = { pool: 0, ticket: 0 };
  while (from) {
    const served = await ledger.serveOverlooked(deadlines, from, limit);
    notices.push(...served.notices);
    from = served.next;
  }
  return notices;
}

const cases: Readonly<Record<string, (opened: Opened) => Promise<void>>> = {
  'removes slots from a sparse pool': async (opened) => {
    const { db, ledger } = opened;
    const keys = await makeSparse(opened, 65_536);
    expect(await compactAll(ledger)).toBeGreaterThan(3);
    expect(await slotsOf(db)).toBe(2048);
    expect((await ledger.audit()).faults).toEqual([]);
    expect((await drawAll(ledger)).toSorted()).toEqual(keys.toSorted());
  },

  'keeps the draw uniform after compacting': async (opened) => {
    const { db, ledger } = opened;
    await makeSparse(opened, 16_384);
    await compactAll(ledger);
    const gifts = await db.selectFrom('gift').select('id').execute();
    const { main: pool } = await findTiers(db, 'public');
    const picked: Awaited<ReturnType<typeof pickForEach>> = [];
    const pickOne = async () => {
      if (picked.length === 0) picked.push(...(await pickForEach(db, pool, Array(20).fill(anything), roll)));
      return String(picked.pop()?.id);
    };
    const sides = gifts.map(({ id }) => String(id));
    expect(await unfairness(sides, 20 * giftCount, pickOne)).toBeLessThan(1);
  },

  'keeps the slots of a dense kind, and the minimum number of slots': async (opened) => {
    const { db, ledger } = opened;
    await makeSparse(opened, 4800, 1200);
    expect(await ledger.compactSlots()).toBe(0);
    expect(await slotsOf(db)).toBe(4800);
    await setSlots(db, 4801);
    expect(await compactAll(ledger)).toBeGreaterThan(0);
    expect(await slotsOf(db)).toBe(2401);
    await drawAll(ledger);
    await compactAll(ledger);
    expect(await slotsOf(db)).toBe(512);
  },

  'loses and duplicates no gift when it compacts during gives and draws': async (opened) => {
    const { db, ledger } = opened;
    const keys = await makeSparse(opened, 32_768);
    const received: string[] = [];
    const drawing = Array.from({ length: 8 }, async () => {
      for (let n = 0; n < 25; n++) {
        const { gift } = await drawn(drawFree(ledger));
        received.push(gift.key);
        keys.push((await givePlain(ledger)).key);
      }
    });
    await Promise.all([...drawing, compactAll(ledger)]);
    await compactAll(ledger);
    expect(await slotsOf(db)).toBe(2048);
    expect((await ledger.audit()).faults).toEqual([]);
    expect([...received, ...(await drawAll(ledger))].toSorted()).toEqual(keys.toSorted());
  },

  'serves an overlooked ticket': async (opened) => {
    const { ledger } = opened;
    const { key } = await givePlain(ledger);
    const { ticket, ticketId } = await give(ledger);
    await overlook(opened, ticket);
    expect(await serveAll(ledger, 10)).toEqual([{ ticketId, event: 'ready' }]);
    expect(await stateOf(ledger, ticket)).toBe('ready');
    expect((await ledger.audit()).faults).toEqual([]);
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(key);
    expect(await serveAll(ledger, 10)).toEqual([]);
  },

  'does not serve an overlooked ticket with a gift withdrawn meanwhile': async (opened) => {
    const { ledger } = opened;
    const other = await give(ledger);
    const { ticket, ticketId } = await give(ledger);
    await overlook(opened, ticket);
    const served = await serveWhile(opened, ticketId, (db) => withdraw(txOn(db), other.ticket, deadlines));
    expect(served).toEqual({ count: 0, notices: [] });
    expect(await stateOf(ledger, ticket)).toBe('waiting');
    expect(await ledger.findTicket(other.ticket)).toMatchObject({ gift: { state: 'withdrawn' } });
    expect((await ledger.audit()).faults).toEqual([]);
  },

  'serves overlooked tickets in order, never with a gift of the same giver': async (opened) => {
    const { ledger } = opened;
    const own = await Promise.all(Array.from({ length: 5 }, () => give(ledger, { giver: 'me' })));
    const others = [await give(ledger, { giver: 'a' }), await give(ledger, { giver: 'b' })];
    const waiting = [...own, ...others].toSorted((a, b) => a.ticketId - b.ticketId);
    for (const { ticket } of waiting) await overlook(opened, ticket);
    const served = await serveAll(ledger, 2);
    // Two gifts are eligible for the five, and five for the two.
    expect(served).toHaveLength(4);
    expect((await ledger.audit()).faults).toEqual([]);
    const states = await Promise.all(waiting.map(({ ticket }) => stateOf(ledger, ticket)));
    expect(states).toEqual(['ready', 'ready', 'waiting', 'waiting', 'waiting', 'ready', 'ready']);
  },
};

export function repairSuite(name: string, open: OpenDatabase): void {
  describe(name, () => {
    for (const [title, run] of Object.entries(cases)) {
      it(title, { timeout: 60_000 }, async () => {
        const { db, engine } = await open();
        const ledger = createLedger(db, engine, roll);
        try {
          await run({ db, ledger });
        } finally {
          await ledger.close();
        }
      });
    }
  });
}
