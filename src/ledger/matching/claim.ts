/** Claims: gifts that leave the pool for their receivers, many in a few queries (R3). */
import type { ExpressionBuilder, Insertable } from 'kysely';
import type { Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { deliveryColumns, deliveryFacts, giftColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryTable, GiftRow, PoolRow, Tables } from '../schema/tables.ts';
import { applyChanges, type CounterChanges, counterChange, giftChanges, mergeChanges } from '../stats/counters.ts';
import type { Deadlines, DeliveryFacts } from '../types.ts';
import { type Exclusions, pickExactly, pickForEach } from './random-pick.ts';

/** A receiver to draw a gift for. */
export interface DrawRequest {
  readonly exclusions: Exclusions | null;
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly secretHash: string;
  readonly deadlines: Deadlines;
}

type WholeGift = GiftRow & { readonly checks: Uint8Array };

/**
 * Draws one gift for each request, uniformly among the pooled gifts that its exclusions allow, and leases it. Undefined means
 * in an exclusive or `last-free` transaction that there is none, and otherwise that only such a one can tell.
 */
export async function claimForEach(
  { db, random, fill, isExclusive, canTakeLastFree }: Tx,
  pool: PoolRow,
  requests: readonly DrawRequest[],
): Promise<(DeliveryFacts | undefined)[]> {
  const gifts = new Map<DrawRequest, WholeGift>();
  let left = requests;
  while (left.length > 0) {
    const exclusions = left.map((request) => request.exclusions);
    const picked = await pickForEach(db, pool, exclusions, random, fill);
    const claimed = await claim(db, picked, isExclusive);
    left.forEach((request, index) => {
      const gift = claimed.get(picked[index] ?? 0);
      if (gift) gifts.set(request, gift);
    });
    // A concurrent draw claimed the picked gift first, so these roll again.
    const overtaken = left.filter((request, index) => picked[index] !== undefined && !gifts.has(request));
    if (overtaken.length === 0) break;
    left = overtaken;
  }
  if (canTakeLastFree) {
    for (const request of requests) {
      const gift = gifts.get(request) ?? (await claimExactly({ db, random, isExclusive }, pool, request.exclusions));
      if (gift) gifts.set(request, gift);
    }
  }
  const deliveries = await lease(db, pool, gifts);
  return requests.map((request) => deliveries.get(request));
}

/** Takes gifts out of the pool, except those that a concurrent transaction has taken or is taking. */
async function claim(
  db: Db,
  ids: readonly (number | undefined)[],
  isExclusive: boolean,
): Promise<ReadonlyMap<number, WholeGift>> {
  const wanted = ids.filter((id) => id !== undefined);
  if (wanted.length === 0) return new Map();
  const gifts = await (isExclusive ? claimAll : claimUnlocked)(db, { wanted: wanted });
  return new Map(gifts.map((gift) => [gift.id, gift]));
}

const claimAll = cachedQuery((db, { wanted }: { wanted: readonly number[] }) =>
  claimGifts(db, (eb) => stillPooled(eb, wanted)),
);

const claimUnlocked = cachedQuery((db, { wanted }: { wanted: readonly number[] }) =>
  claimGifts(db, (eb) => stillPooled(eb, wanted).skipLocked()),
);

const claimGifts = (db: Db, which: (eb: ExpressionBuilder<Tables, 'gift'>) => ReturnType<typeof stillPooled>) =>
  db
    .updateTable('gift')
    .set({ state: 'leased', slot: null })
    .where('id', 'in', which)
    .returning([...giftColumns, 'gift.checks']);

const stillPooled = (eb: ExpressionBuilder<Tables, 'gift'>, wanted: readonly number[]) =>
  eb
    .selectFrom('gift as there')
    .select('there.id')
    .where('there.id', 'in', wanted)
    .where('there.slot', 'is not', null)
    .orderBy('there.id')
    .forUpdate();

/** After this many gifts that concurrent draws of tickets claimed first, a free draw finds none. */
const maxOvertaken = 16;

/** Claims by counting the pool, for a giver who owns nearly all of it so that rolls miss. */
async function claimExactly(
  { db, random, isExclusive }: Pick<Tx, 'db' | 'random' | 'isExclusive'>,
  pool: PoolRow,
  own: Exclusions | null,
): Promise<WholeGift | undefined> {
  for (let attempt = 0; attempt < maxOvertaken; attempt++) {
    const id = await pickExactly(db, pool, own, random);
    if (id === undefined) return undefined;
    const gift = (await claim(db, [id], isExclusive)).get(id);
    if (gift) return gift;
  }
  return undefined;
}

/** Records the deliveries and updates the counters. */
async function lease(
  db: Db,
  pool: PoolRow,
  gifts: ReadonlyMap<DrawRequest, WholeGift>,
): Promise<ReadonlyMap<DrawRequest, DeliveryFacts>> {
  if (gifts.size === 0) return new Map();
  const rows = await insertDeliveries(db, {
    rows: [...gifts].map(([{ ticketId, secretHash, nonce, deadlines }, gift]) => ({
      gift_id: gift.id,
      ticket_id: ticketId,
      state: 'open',
      secret_hash: secretHash,
      nonce,
      lease_until: deadlines.leaseUntil,
    })),
  });
  const tickets = [...gifts.keys()].flatMap(({ ticketId }) => (ticketId === null ? [] : [ticketId]));
  if (tickets.length > 0) {
    await markDrawn(db, { tickets: tickets });
  }
  await applyChanges(db, pool.id, leaving([...gifts.values()], tickets.length));
  const byGift = new Map(rows.map((row) => [row.gift_id, row]));
  return new Map(
    [...gifts].flatMap(([drawer, gift]) => {
      const row = byGift.get(gift.id);
      return row ? [[drawer, deliveryFacts(row, gift)] as const] : [];
    }),
  );
}

const insertDeliveries = cachedQuery((db, { rows }: { rows: readonly Insertable<DeliveryTable>[] }) =>
  db.insertInto('delivery').values(rows).returning(deliveryColumns),
);

const markDrawn = cachedQuery((db, { tickets }: { tickets: readonly number[] }) =>
  db.updateTable('ticket').set({ state: 'drawn' }).where('id', 'in', tickets),
);

function leaving(gifts: readonly GiftRow[], tickets: number): CounterChanges {
  return mergeChanges(counterChange('open_tickets', -tickets), ...gifts.map((gift) => giftChanges(gift, -1)));
}
