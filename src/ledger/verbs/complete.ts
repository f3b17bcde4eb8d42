/** Deliveries that become final together, in as many queries as one. */

import { sql } from 'kysely';
import { compiled, fewLengths } from '../engine/query-cache.ts';
import type { Notice, Terms } from '../ledger.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { count, one } from '../stats/counters.ts';
import { countHour } from '../stats/hourly.ts';
import type { Outcome } from '../transactions/batch.ts';
import { finish, lockDeliveries } from './deliver.ts';

/** One delivery that is to be final, as it is asked for. */
export interface AskedFinish {
  readonly id: number;
  readonly terms: Terms;
}

type Finished = readonly Notice[] | undefined;

/** See `Ledger.finish`: many at once, each as if it came by itself. */
export async function finishMany(
  db: Db,
  asked: readonly AskedFinish[],
): Promise<Outcome<Finished>[]> {
  const open = await lockOpen(db, asked);
  const finished = new Map<AskedFinish, Finished>();
  const first = [...open.keys()];
  for (const [, alike] of Map.groupBy(first, ({ terms }) => terms.removeAt - terms.now)) {
    // What is asked together happens at one moment.
    const terms = alike[0]?.terms;
    const rows = alike.flatMap((one) => open.get(one) ?? []);
    const notices = terms ? await conclude(db, rows, terms) : new Map<number, Notice>();
    for (const one of alike) {
      const notice = notices.get(open.get(one)?.gift_id ?? 0);
      finished.set(one, notice ? [notice] : []);
    }
  }
  const outcomes: Outcome<Finished>[] = [];
  for (const one of asked) {
    const value = finished.has(one) ? finished.get(one) : await finish(db, one.id, one.terms);
    outcomes.push({ value });
  }
  return outcomes;
}

/** The deliveries that are open, each by the first who asks for it. In one order, so that no two transactions wait for each other. */
async function lockOpen(
  db: Db,
  asked: readonly AskedFinish[],
): Promise<ReadonlyMap<AskedFinish, DeliveryRow>> {
  const firsts = new Map(asked.toReversed().map((one) => [one.id, one]));
  const rows = await lockDeliveries(db, { ids: fewLengths([...firsts.keys()]) });
  return new Map(
    rows.flatMap((row) => {
      const one = firsts.get(row.id);
      return one && row.state === 'open' ? [[one, row] as const] : [];
    }),
  );
}

type Many = { readonly ids: readonly number[] };

/** Makes open deliveries final; answers what their gifts' givers are to be told, by gift. */
async function conclude(
  db: Db,
  rows: readonly DeliveryRow[],
  { now, purgeAt, removeAt }: Terms,
): Promise<ReadonlyMap<number, Notice>> {
  await receive(db, { ids: fewLengths(rows.map(({ id }) => id)), now, purgeAt });
  const tickets = rows.flatMap(({ ticket_id }) => ticket_id ?? []);
  if (tickets.length > 0) await spend(db, { ids: fewLengths(tickets) });
  const gifts = await land(db, {
    ids: fewLengths(rows.map(({ gift_id }) => gift_id)),
    removeAt,
    purgeAt,
  });
  for (const [poolId, ofPool] of Map.groupBy(gifts, ({ pool_id }) => pool_id)) {
    await count(db, poolId, one('delivered_total', ofPool.length));
    await countHour(db, poolId, 'delivered', now, ofPool.length);
  }
  const earned = await earnedBy(db, { ids: fewLengths(gifts.map(({ id }) => id)) });
  return new Map(earned.map(({ id, gift_id }) => [gift_id, { ticketId: id, event: 'landed' }]));
}

const receive = compiled((db, { ids, now, purgeAt }: Many & Pick<Terms, 'now' | 'purgeAt'>) =>
  db
    .updateTable('delivery')
    .set({
      state: 'received',
      purge_at: purgeAt,
      received_at: now,
      endings: sql<number>`endings + 1`,
    })
    .where('id', 'in', ids),
);

const spend = compiled((db, { ids }: Many) =>
  db.updateTable('ticket').set({ state: 'spent' }).where('id', 'in', ids),
);

const land = compiled(
  (db, { ids, removeAt, purgeAt }: Many & Pick<Terms, 'removeAt' | 'purgeAt'>) =>
    db
      .updateTable('gift')
      .set({
        state: 'delivered',
        purge_at: purgeAt,
        // Bytes that were reported stay for the operator until then.
        remove_at: sql<number>`case when keep_until > ${removeAt} then keep_until else ${removeAt} end`,
      })
      .where('id', 'in', ids)
      .returning(['id', 'pool_id']),
);

const earnedBy = compiled((db, { ids }: Many) =>
  db.selectFrom('ticket').select(['id', 'gift_id']).where('gift_id', 'in', ids),
);
