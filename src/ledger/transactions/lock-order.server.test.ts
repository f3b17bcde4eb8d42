import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Postgres, skipReason, startPostgres } from '../../../test/setup/postgres.ts';
import { openPostgresLedger } from '../create-ledger.ts';
import { connect, shortTimeouts } from '../engine/postgres/connection.ts';
import { openPostgres, postgres } from '../engine/postgres/postgres.ts';
import type { Db, Tables } from '../schema/tables.ts';
import { applyChanges, counterChange, readCounters } from '../stats/counters.ts';
import { addToHour, lastHours } from '../stats/hourly.ts';
import {
  deadlines,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  later,
  seededRandom,
  spans,
  start,
  type TicketedGift,
} from '../testing/samples.ts';
import type { CounterName } from '../types.ts';

const reason = await skipReason();
if (reason) console.warn(`Locks of many processes are not tested: ${reason}.`);

/** Enough connections that two of them share a stripe by default. */
const connections = 17;

describe.skipIf(reason !== undefined)('concurrent transactions', () => {
  let server: Postgres;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    url = server.url(await server.newDatabase());
  });

  it('update counters in any order without blocking each other', async () => {
    await (await openPostgres(url)).destroy();
    const db = await connect(url, connections, shortTimeouts);
    const counters: CounterName[] = ['delivered_total', 'given_total'];
    const everyFirstCount = barrier(connections);
    const countOnce = (number: number) =>
      transaction(db, async (tx) => {
        const [first, second] = number % 2 === 0 ? counters : counters.toReversed();
        await applyChanges(tx, 1, counterChange(first as CounterName, 1));
        await addToHour(tx, 1, 'given', start);
        await everyFirstCount();
        await applyChanges(tx, 1, counterChange(second as CounterName, 1));
      });
    await Promise.all(Array.from({ length: connections }, (_, number) => countOnce(number)));
    const totals = await readCounters(db, [1]);
    expect(counters.map((counter) => totals.get(counter))).toEqual([connections, connections]);
    expect((await lastHours(db, [1], start)).at(-1)?.given).toBe(connections);
    await db.destroy();
  });

  it('of two processes never deadlock on the same deliveries', async () => {
    const { ledgers, close } = await openTwo();
    for (let round = 0; round < 20; round++) {
      const deliveries = [await newDelivery(ledgers[0]), await newDelivery(ledgers[0])] as const;
      const progress = (own: 0 | 1) => {
        const other = own === 0 ? 1 : 0;
        const renewal = ledgers[own].renewLease(deliveries[own].id, [0, 5], deadlines);
        return Promise.all([renewal, ledgers[own].complete(deliveries[other].id, deadlines)]);
      };
      await Promise.all([progress(0), progress(1)]);
    }
    expect(await close()).toEqual([]);
  });

  it('of two processes never deadlock when they serve waiting tickets', async () => {
    const { ledgers, close } = await openTwo();
    for (let round = 0; round < 20; round++) {
      const giver = 'giver of two';
      const waiting = [await give(ledgers[0], { giver }), await give(ledgers[0], { giver })] as const;
      for (const { ticket } of waiting) expect(await draw(ledgers[0], ticket)).toMatchObject({ outcome: 'waiting' });
      const [{ sha256 }] = waiting;
      await Promise.all([
        // The first gift is not eligible for the first ticket in line.
        givePlain(ledgers[0], { sha256 }),
        givePlain(ledgers[0]),
        givePlain(ledgers[1]),
        givePlain(ledgers[1]),
        ...waiting.map(({ ticket }) => draw(ledgers[1], ticket)),
      ]);
      for (const { ticket } of waiting) await drawn(draw(ledgers[0], ticket));
      while ((await drawFree(ledgers[0])).outcome === 'drawn');
    }
    expect(await close()).toEqual([]);
  });

  it.each(['expire', 'are withdrawn'])('of two processes never deadlock when held gifts %s', async (event) => {
    for (let round = 0; round < 12; round++) {
      url = server.url(await server.newDatabase());
      const { ledgers, close } = await openTwo();
      const giver = 'giver of six';
      const tickets: TicketedGift[] = [];
      for (let place = 0; place < 6; place++) tickets.push(await give(ledgers[0], { giver }));
      for (const { ticket } of tickets) await draw(ledgers[0], ticket);
      const [fifth, sixth] = tickets.slice(4) as [TicketedGift, TicketedGift];
      // The gift held for the first is not eligible for the fifth, and so goes to the sixth.
      for (const gift of [{ sha256: fifth.sha256 }, {}, {}, {}]) await givePlain(ledgers[1], gift);
      const end = later(spans.hold);
      const withdraw = ({ ticket }: TicketedGift, n: number) => ledgers[n < 2 ? 0 : 1].withdraw(ticket, end);
      await Promise.all(
        event === 'expire'
          ? [ledgers[0].expireLeases(end, 2), ledgers[1].expireLeases(end, 10)]
          : tickets.slice(0, 4).map(withdraw),
      );
      for (const { ticket } of [fifth, sixth]) await drawn(draw(ledgers[0], ticket, end));
      expect(await close()).toEqual([]);
    }
  });

  it('reject withdrawing a drawn gift without waiting for the lock on its row', async () => {
    const ledger = await openPostgresLedger(url, seededRandom(1));
    const db = await openPostgres(url);
    const other = await give(ledger);
    const { ticket, key } = await give(ledger);
    await drawn(draw(ledger, other.ticket));
    await transaction(db, async (tx) => {
      await tx.selectFrom('gift').select('id').where('key', '=', key).forUpdate().execute();
      await expect(ledger.withdraw(ticket, deadlines)).rejects.toMatchObject({
        code: 'gift-drawn',
      });
    });
    await db.destroy();
    await ledger.close();
  });

  it('answer a waiting ticket without waiting for the lock on its row', async () => {
    const ledger = await openPostgresLedger(url, seededRandom(1));
    const db = await openPostgres(url);
    const { ticket, ticketId } = await give(ledger);
    await draw(ledger, ticket);
    await transaction(db, async (tx) => {
      await lock(tx, ['ticket', ticketId]);
      expect(await draw(ledger, ticket)).toMatchObject({ outcome: 'waiting' });
    });
    await db.destroy();
    await ledger.close();
  });

  it('of the sweep skip a held gift whose ticket is locked', async () => {
    const { ledger, db, ticketId } = await holdGift();
    await transaction(db, async (tx) => {
      await lock(tx, ['ticket', ticketId]);
      expect(await ledger.expireLeases(later(spans.hold), 10)).toEqual({ count: 0, notices: [] });
    });
    expect(await ledger.expireLeases(later(spans.hold), 10)).toMatchObject({ count: 1 });
    await db.destroy();
    await ledger.close();
  });

  it.each(['held', 'open'])('that quarantine a gift while it is %s lock rows in the order of a draw', async (state) => {
    const { ledger, db, ticket, ticketId, key, delivery, gift } = await holdGift();
    if (state === 'open') await drawn(draw(ledger, ticket));
    const lockOrder: readonly [Row, Row, Row] = [
      ['ticket', ticketId],
      ['delivery', delivery],
      ['gift', gift],
    ];
    const [first, ...others] = state === 'held' ? lockOrder : lockOrder.slice(1);
    const { promise: quarantined, resolve: quarantine } = Promise.withResolvers<unknown>();
    await transaction(db, async (tx) => {
      await lock(tx, first);
      quarantine(ledger.quarantineMissing([key], deadlines));
      await untilBlocked(db);
      for (const row of others) await lock(tx, row);
    });
    expect(await quarantined).toMatchObject({ count: 1 });
    await db.destroy();
    await ledger.close();
  });

  /** The ledgers of two processes. Closing them answers the deadlocks that PostgreSQL broke. */
  const openTwo = async () => {
    const before = server.deadlocks().length;
    const ledgers = [
      await openPostgresLedger(url, seededRandom(1)),
      await openPostgresLedger(url, seededRandom(2)),
    ] as const;
    const close = async () => {
      for (const ledger of ledgers) await ledger.close();
      return server.deadlocks().slice(before);
    };
    return { ledgers, close };
  };

  /** A gift that is held for a ticket that has not fetched it yet. */
  const holdGift = async () => {
    const ledger = await openPostgresLedger(url, seededRandom(1));
    const { ticket, ticketId } = await give(ledger);
    await draw(ledger, ticket);
    const { key } = await givePlain(ledger);
    const db = await openPostgres(url);
    const { id: delivery, gift_id: gift } = await db
      .selectFrom('delivery')
      .select(['id', 'gift_id'])
      .where('state', '=', 'held')
      .executeTakeFirstOrThrow();
    return { ledger, db, ticket, ticketId, key, delivery, gift };
  };

  /** Locks a row with NOWAIT. */
  const lock = (tx: Db, [table, id]: Row) =>
    tx.selectFrom(table).select('id').where('id', '=', id).forUpdate().noWait().execute();

  const untilBlocked = async (db: Db) => {
    const waiting = sql<{ n: number }>`select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await waiting.execute(db)).rows[0]?.n === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  const newDelivery = async (ledger: Awaited<ReturnType<typeof openPostgresLedger>>) => {
    await givePlain(ledger);
    return drawn(draw(ledger, (await give(ledger)).ticket));
  };
});

type Row = readonly [table: 'ticket' | 'delivery' | 'gift', id: number];

const transaction = (db: Kysely<Tables>, work: (tx: Db) => Promise<unknown>) =>
  postgres.transaction(db, 'concurrent', work);

/** A barrier: each caller waits until `callers` have called. */
function barrier(callers: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = callers;
  return () => {
    missing -= 1;
    if (missing === 0) resolve();
    return promise;
  };
}
