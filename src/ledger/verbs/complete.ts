/** Deliveries that become final together, in as many queries as one. */

import { sql } from 'kysely';
import { cachedQuery, fewLengths } from '../engine/query-cache.ts';
import type { Deadlines, TicketNotice } from '../ledger.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import { addToHour } from '../stats/hourly.ts';
import type { Outcome } from '../transactions/batch.ts';
import { completeOne, lockDeliveries } from './deliver.ts';

/** One delivery that is to be final, as it is asked for. */
export interface CompleteRequest {
  readonly id: number;
  readonly deadlines: Deadlines;
}

type CompleteResult = readonly TicketNotice[] | undefined;

/** See `Ledger.finish`: many at once, each as if it came by itself. */
export async function completeAll(
  db: Db,
  asked: readonly CompleteRequest[],
): Promise<Outcome<CompleteResult>[]> {
  const open = await lockOpen(db, asked);
  const finished = new Map<CompleteRequest, CompleteResult>();
  const first = [...open.keys()];
  for (const [, alike] of Map.groupBy(
    first,
    ({ deadlines }) => deadlines.removeAt - deadlines.now,
  )) {
    // What is asked together happens at one moment.
    const deadlines = alike[0]?.deadlines;
    const rows = alike.flatMap((one) => open.get(one) ?? []);
    const notices = deadlines
      ? await completeOpen(db, rows, deadlines)
      : new Map<number, TicketNotice>();
    for (const one of alike) {
      const notice = notices.get(open.get(one)?.gift_id ?? 0);
      finished.set(one, notice ? [notice] : []);
    }
  }
  const outcomes: Outcome<CompleteResult>[] = [];
  for (const one of asked) {
    const value = finished.has(one)
      ? finished.get(one)
      : await completeOne(db, one.id, one.deadlines);
    outcomes.push({ value });
  }
  return outcomes;
}

/** The deliveries that are open, each by the first who asks for it. In one order, so that no two transactions wait for each other. */
async function lockOpen(
  db: Db,
  asked: readonly CompleteRequest[],
): Promise<ReadonlyMap<CompleteRequest, DeliveryRow>> {
  const firsts = new Map(asked.toReversed().map((one) => [one.id, one]));
  const rows = await lockDeliveries(db, { ids: fewLengths([...firsts.keys()]) });
  return new Map(
    rows.flatMap((row) => {
      const one = firsts.get(row.id);
      return one && row.state === 'open' ? [[one, row] as const] : [];
    }),
  );
}

type Ids = { readonly ids: readonly number[] };

/** Makes open deliveries final; answers what their gifts' givers are to be told, by gift. */
async function completeOpen(
  db: Db,
  rows: readonly DeliveryRow[],
  { now, purgeAt, removeAt }: Deadlines,
): Promise<ReadonlyMap<number, TicketNotice>> {
  await markReceived(db, { ids: fewLengths(rows.map(({ id }) => id)), now, purgeAt });
  const tickets = rows.flatMap(({ ticket_id }) => ticket_id ?? []);
  if (tickets.length > 0) await spendTickets(db, { ids: fewLengths(tickets) });
  const gifts = await markDelivered(db, {
    ids: fewLengths(rows.map(({ gift_id }) => gift_id)),
    removeAt,
    purgeAt,
  });
  for (const [poolId, ofPool] of Map.groupBy(gifts, ({ pool_id }) => pool_id)) {
    await applyChanges(db, poolId, counterChange('delivered_total', ofPool.length));
    await addToHour(db, poolId, 'delivered', now, ofPool.length);
  }
  const earned = await earnedTickets(db, { ids: fewLengths(gifts.map(({ id }) => id)) });
  return new Map(earned.map(({ id, gift_id }) => [gift_id, { ticketId: id, event: 'landed' }]));
}

const markReceived = cachedQuery(
  (db, { ids, now, purgeAt }: Ids & Pick<Deadlines, 'now' | 'purgeAt'>) =>
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

const spendTickets = cachedQuery((db, { ids }: Ids) =>
  db.updateTable('ticket').set({ state: 'spent' }).where('id', 'in', ids),
);

const markDelivered = cachedQuery(
  (db, { ids, removeAt, purgeAt }: Ids & Pick<Deadlines, 'removeAt' | 'purgeAt'>) =>
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

const earnedTickets = cachedQuery((db, { ids }: Ids) =>
  db.selectFrom('ticket').select(['id', 'gift_id']).where('gift_id', 'in', ids),
);
