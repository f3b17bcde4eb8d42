/** Claims: gifts that leave the pool for their receivers, many in a few queries. */
import type { ExpressionBuilder, Insertable } from 'kysely';
import { cachedQuery, fewLengths } from '../engine/query-cache.ts';
import type { Deadlines, DeliveryFacts } from '../ledger.ts';
import { deliveryColumns, deliveryFacts, giftColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryTable, GiftRow, PoolRow, Tables } from '../schema/tables.ts';
import {
  applyChanges,
  type CounterChanges,
  counterChange,
  giftChanges,
  mergeChanges,
} from '../stats/counters.ts';
import {
  type Exclusions,
  type FillEstimate,
  pickExactly,
  pickForEach,
  type Random,
} from './random-pick.ts';

/** Somebody whom a gift is to be drawn for. */
export interface DrawRequest {
  readonly exclusions: Exclusions | null;
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly secretHash: string;
  readonly deadlines: Deadlines;
}

type WholeGift = GiftRow & { readonly checks: Uint8Array };

/** The dice, and whether nobody else takes or brings gifts meanwhile. */
export interface Table {
  readonly random: Random;
  readonly fill: FillEstimate;
  readonly isAlone: boolean;
  /** How many gifts others may be taking at this moment, at most, which is not yet to be seen. */
  atLargeAtMost(db: Db): Promise<number>;
}

/**
 * Draws one gift for each, among all in the pool that is not their own, each as likely, and leases it. Undefined for whom
 * nothing was found: there is nothing, if we are alone, and else it is to be looked for again alone.
 */
export async function claimForEach(
  db: Db,
  pool: PoolRow,
  drawers: readonly DrawRequest[],
  { random, fill, isAlone }: Table,
): Promise<(DeliveryFacts | undefined)[]> {
  const gifts = new Map<DrawRequest, WholeGift>();
  let left = drawers;
  while (left.length > 0) {
    const picked = await pickForEach(
      db,
      pool,
      left.map(({ exclusions }) => exclusions),
      random,
      fill,
    );
    const claimed = await claim(db, picked, isAlone);
    left.forEach((drawer, index) => {
      const gift = claimed.get(picked[index] ?? 0);
      if (gift) gifts.set(drawer, gift);
    });
    const wasOvertaken = (drawer: DrawRequest, index: number) =>
      picked[index] !== undefined && !gifts.has(drawer);
    const overtaken = left.filter(wasOvertaken);
    if (overtaken.length === 0) break;
    left = overtaken;
  }
  if (isAlone) {
    for (const drawer of drawers) {
      const gift = gifts.get(drawer) ?? (await claimExactly(db, pool, drawer.exclusions, random));
      if (gift) gifts.set(drawer, gift);
    }
  }
  const deliveries = await lease(db, pool, gifts);
  return drawers.map((drawer) => deliveries.get(drawer));
}

/** Takes gifts out of the pool, but for those that somebody else has taken, or is just taking. */
async function claim(
  db: Db,
  ids: readonly (number | undefined)[],
  isAlone: boolean,
): Promise<ReadonlyMap<number, WholeGift>> {
  const wanted = ids.filter((id) => id !== undefined);
  if (wanted.length === 0) return new Map();
  const gifts = await (isAlone ? claimAll : claimUnlocked)(db, { wanted: fewLengths(wanted) });
  return new Map(gifts.map((gift) => [gift.id, gift]));
}

const claimAll = cachedQuery((db, { wanted }: { wanted: readonly number[] }) =>
  claimGifts(db, (eb) => stillPooled(eb, wanted)),
);

const claimUnlocked = cachedQuery((db, { wanted }: { wanted: readonly number[] }) =>
  claimGifts(db, (eb) => stillPooled(eb, wanted).skipLocked()),
);

const claimGifts = (
  db: Db,
  which: (eb: ExpressionBuilder<Tables, 'gift'>) => ReturnType<typeof stillPooled>,
) =>
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

/** For who owns nearly all of the pool, so that rolls find nothing. */
async function claimExactly(
  db: Db,
  pool: PoolRow,
  own: Exclusions | null,
  random: Random,
): Promise<WholeGift | undefined> {
  for (;;) {
    const id = await pickExactly(db, pool, own, random);
    if (id === undefined) return undefined;
    const gift = (await claim(db, [id], true)).get(id);
    if (gift) return gift;
  }
}

/** Writes down who gets what, and counts it. */
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
  const tickets = [...gifts.keys()].flatMap(({ ticketId }) =>
    ticketId === null ? [] : [ticketId],
  );
  if (tickets.length > 0) {
    await markDrawn(db, { tickets: fewLengths(tickets) });
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

const insertDeliveries = cachedQuery(
  (db, { rows }: { rows: readonly Insertable<DeliveryTable>[] }) =>
    db.insertInto('delivery').values(rows).returning(deliveryColumns),
);

const markDrawn = cachedQuery((db, { tickets }: { tickets: readonly number[] }) =>
  db.updateTable('ticket').set({ state: 'drawn' }).where('id', 'in', tickets),
);

function leaving(gifts: readonly GiftRow[], tickets: number): CounterChanges {
  return mergeChanges(
    counterChange('open_tickets', -tickets),
    ...gifts.map((gift) => giftChanges(gift, -1)),
  );
}
