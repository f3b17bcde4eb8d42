/** The end of a delivery: it becomes final, its ticket is spent, and the bytes may go after a grace. */
import { sql } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { coversWhole } from '../matching/byte-ranges.ts';
import { lockDeliveries, saveEndings, shortenGrace } from '../matching/delivery-rows.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import { addToHour } from '../stats/hourly.ts';
import type { Outcome } from '../transactions/batch.ts';
import type { ByteRange, Deadlines, NotedArrival, TicketNotice } from '../types.ts';

interface CompleteRequest {
  readonly id: number;
  readonly deadlines: Deadlines;
  /** True for the receiver's word, which counts only once every byte was sent. */
  readonly isClaim?: boolean;
}

/** Notices by request; undefined for a delivery that is neither open nor final. */
type CompleteResult = readonly TicketNotice[] | undefined;

/** See `DeliveryLedger.complete` and `acknowledge`: many deliveries in as many queries as one. */
export async function complete(
  { db }: Pick<Tx, 'db'>,
  all: readonly CompleteRequest[],
): Promise<Outcome<CompleteResult>[]> {
  const rows = await lockDeliveries(db, { ids: [...new Set(all.map(({ id }) => id))] });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const unsent = await findUnsent(db, all, byId);
  const isRefused = ({ id, isClaim = false }: CompleteRequest) => isClaim && unsent.has(id); // mutant: received-unsent
  const requests = all.filter((request) => !isRefused(request));
  const results = await completeEach(db, requests, rows, byId);
  return all.map((request) =>
    isRefused(request) ? { error: new Problem('bytes-missing') } : { value: results.get(request) },
  );
}

/**
 * Finds the claimed deliveries that are open and not sent whole. After an offload or a restart the sent bytes are unknown, so the
 * receiver's word counts.
 */
async function findUnsent(
  db: Db,
  requests: readonly CompleteRequest[],
  byId: ReadonlyMap<number, DeliveryRow>,
): Promise<ReadonlySet<number>> {
  const claimed = requests.flatMap(({ id, isClaim }) => (isClaim ? (byId.get(id) ?? []) : []));
  const known = claimed.filter((row) => row.state === 'open' && row.handed_over === 0 && row.in_doubt === 0);
  if (known.length === 0) return new Set();
  const gifts = await sizesOf(db, { ids: known.map(({ gift_id }) => gift_id) });
  const sizes = new Map(gifts.map(({ id, size }) => [id, size]));
  const unsent = known.filter(
    (row) => !coversWhole(JSON.parse(row.arrived) as ByteRange[], sizes.get(row.gift_id) ?? 0),
  );
  return new Set(unsent.map(({ id }) => id));
}

const sizesOf = cachedQuery((db, { ids }: Ids) => db.selectFrom('gift').select(['id', 'size']).where('id', 'in', ids));

async function completeEach(
  db: Db,
  requests: readonly CompleteRequest[],
  rows: readonly DeliveryRow[],
  byId: ReadonlyMap<number, DeliveryRow>,
): Promise<ReadonlyMap<CompleteRequest, CompleteResult>> {
  const results = new Map<CompleteRequest, CompleteResult>();
  const firsts = [...new Map(requests.toReversed().map((one) => [one.id, one])).values()];
  const open = firsts.filter(({ id }) => byId.get(id)?.state === 'open');
  for (const [, alike] of Map.groupBy(open, graceOf)) {
    const notices = await completeOpen(
      db,
      alike.flatMap(({ id }) => byId.get(id) ?? []),
      (alike[0] as CompleteRequest).deadlines,
    );
    for (const request of alike) results.set(request, notices.get(request.id) ?? []);
  }
  // Each further request for a final delivery counts one more ending.
  const endings = new Map(rows.map((row) => [row.id, row.endings + (row.state === 'open' ? 1 : 0)]));
  for (const request of requests) {
    const row = byId.get(request.id);
    const isFinal = row?.state === 'received' || row?.state === 'open';
    if (results.has(request) || !isFinal) continue;
    const count = (endings.get(row.id) ?? 0) + 1;
    endings.set(row.id, count);
    await saveEndings(db, row.id, count);
    await shortenGrace(db, row.gift_id, request.deadlines);
    results.set(request, []);
  }
  return results;
}

/** See `DeliveryLedger.completeNoted`. */
export async function completeNoted(
  db: Db,
  arrivals: readonly NotedArrival[],
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  const rows = await lockDeliveries(db, { ids: [...new Set(arrivals.map(({ id }) => id))] });
  const gifts = await db
    .selectFrom('gift')
    .select(['id', 'key'])
    .where(
      'key',
      'in',
      arrivals.map(({ key }) => key),
    )
    .execute();
  const giftIds = new Map(gifts.map(({ id, key }) => [key, id]));
  const noted = new Map(arrivals.map(({ id, key }) => [id, giftIds.get(key)]));
  const open = rows.filter(({ id, state, gift_id }) => state === 'open' && gift_id === noted.get(id));
  if (open.length === 0) return [];
  return [...(await completeOpen(db, open, deadlines)).values()].flat();
}

const graceOf = ({ deadlines }: CompleteRequest) => deadlines.removeAt - deadlines.now;

type Ids = { readonly ids: readonly number[] };

/** Makes open deliveries final, whose rows are locked. Answers the notices to the gifts' givers, by delivery. */
export async function completeOpen(
  db: Db,
  rows: readonly DeliveryRow[],
  { now, purgeAt, removeAt }: Deadlines,
): Promise<ReadonlyMap<number, readonly TicketNotice[]>> {
  await markReceived(db, { ids: rows.map(({ id }) => id), now, purgeAt });
  const tickets = rows.flatMap(({ ticket_id }) => ticket_id ?? []);
  if (tickets.length > 0) await spendTickets(db, { ids: tickets });
  const giftIds = rows.map(({ gift_id }) => gift_id);
  const gifts = await markDelivered(db, { ids: giftIds, removeAt, purgeAt });
  for (const [poolId, ofPool] of Map.groupBy(gifts, ({ pool_id }) => pool_id)) {
    await applyChanges(db, poolId, counterChange('delivered_total', ofPool.length));
    await addToHour(db, poolId, 'delivered', now, ofPool.length);
  }
  const earned = await ticketsOfGifts(db, { ids: giftIds });
  const ticketByGift = new Map(earned.map(({ id, gift_id }) => [gift_id, id]));
  return new Map(
    rows.flatMap(({ id, gift_id }) => {
      const ticketId = ticketByGift.get(gift_id);
      return ticketId === undefined ? [] : [[id, [{ ticketId, event: 'landed' as const }]]];
    }),
  );
}

const markReceived = cachedQuery((db, { ids, now, purgeAt }: Ids & Pick<Deadlines, 'now' | 'purgeAt'>) =>
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

const markDelivered = cachedQuery((db, { ids, removeAt, purgeAt }: Ids & Pick<Deadlines, 'removeAt' | 'purgeAt'>) =>
  db
    .updateTable('gift')
    .set({
      state: 'delivered',
      purge_at: purgeAt,
      // A report keeps the bytes for the operator until `keep_until`.
      remove_at: sql<number>`case when keep_until > ${removeAt} then keep_until else ${removeAt} end`,
    })
    .where('id', 'in', ids)
    .returning(['id', 'pool_id']),
);

const ticketsOfGifts = cachedQuery((db, { ids }: Ids) =>
  db.selectFrom('ticket').select(['id', 'gift_id']).where('gift_id', 'in', ids),
);
