/** Claims: gifts that leave the pool for their receivers, many in a few queries (R3). */
import type { ExpressionBuilder, Insertable } from 'kysely';
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { deliveryColumns, deliveryFacts, giftColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryTable, GiftRow, PoolRow, Tables } from '../schema/tables.ts';
import { applyChanges, type CounterChanges, giftChanges, mergeChanges } from '../stats/counters.ts';
import type { Deadlines, DeliveryFacts } from '../types.ts';
import { leaseLimit } from './delivery-rows.ts';
import {
  type Candidate,
  candidateColumns,
  isEligible,
  newDraft,
  type PickRequest,
  pickExactly,
} from './eligible-gifts.ts';
import { allowedKinds, type KindAllowance, owedChanges, takeFromAllowance } from './owed-kinds.ts';
import { pickForEach } from './random-pick.ts';

/** A receiver to draw a gift for. */
export interface DrawRequest extends PickRequest {
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly secretHash: string;
  /** The gift of the ticket's last delivery, if that lapsed. */
  readonly lapsedGift: number | null;
  /** True if it may have that gift only: a round has assigned it. */
  readonly isAssigned?: boolean;
  readonly deadlines: Deadlines;
}

type WholeGift = GiftRow & { readonly checks: Uint8Array };

/**
 * Draws and leases one gift for each request, uniformly among the pooled gifts that it may have, or after a lapse the same again.
 * Undefined means none in an exclusive or `last-free` transaction; otherwise only such a one can tell.
 */
export async function claimForEach(
  tx: Tx,
  pool: PoolRow,
  requests: readonly DrawRequest[],
  allowance: KindAllowance,
): Promise<(DeliveryFacts | undefined)[]> {
  const { db, random, fill, isExclusive, canTakeLastFree } = tx;
  const kindsLeft = new Map(allowance);
  const gifts = await claimAgain(tx, pool, requests, kindsLeft);
  let left = requests.filter((request) => !gifts.has(request) && !request.isAssigned);
  while (left.length > 0) {
    const picked = await pickForEach(db, pool, left, random, fill, kindsLeft);
    const claimed = await claim(db, pool, picked, isExclusive);
    left.forEach((request, index) => {
      const gift = claimed.get(picked[index]?.id ?? 0);
      if (!gift) return;
      gifts.set(request, gift);
      takeFromAllowance(kindsLeft, gift.kind, request);
    });
    // A concurrent draw claimed the picked gift first, so these roll again.
    const overtaken = left.filter((request, index) => picked[index] !== undefined && !gifts.has(request));
    if (overtaken.length === 0 || (claimed.size === 0 && (await hasNewOwedKinds(db, pool)))) break;
    left = overtaken;
  }
  if (canTakeLastFree) {
    for (const request of requests) {
      if (gifts.has(request) || request.isAssigned) continue;
      const gift = await claimExactly(tx, pool, request, kindsLeft);
      if (!gift) continue;
      gifts.set(request, gift);
      takeFromAllowance(kindsLeft, gift.kind, request);
    }
  }
  const deliveries = await lease(db, pool, gifts);
  return requests.map((request) => deliveries.get(request));
}

/** Claims the gifts of lapsed deliveries for their tickets again: a lapse is no way to choose another gift. */
async function claimAgain(
  { db, isExclusive }: Tx,
  pool: PoolRow,
  requests: readonly DrawRequest[],
  allowance: Map<FileKind, number>,
): Promise<Map<DrawRequest, WholeGift>> {
  const again = requests.filter(({ lapsedGift }) => lapsedGift !== null); // mutant: another-after-lapse
  if (again.length === 0) return new Map();
  const pooled = await stillInSlots(db, { poolId: pool.id, ids: again.flatMap(({ lapsedGift }) => lapsedGift ?? []) });
  const gone = new Set<number>();
  const picked = again.map((request) => {
    const gift = pooled.find(({ id }) => id === request.lapsedGift);
    const draft = newDraft(pool, allowedKinds(request, allowance, fileKinds), [request], gone, allowance);
    if (!isEligible(draft, gift, request)) return undefined;
    gone.add(gift.id);
    takeFromAllowance(allowance, gift.kind, request);
    return gift;
  });
  const claimed = await claim(db, pool, picked, isExclusive);
  return new Map(
    again.flatMap((request, index) => {
      const gift = claimed.get(picked[index]?.id ?? 0);
      return gift ? [[request, gift] as const] : [];
    }),
  );
}

const stillInSlots = cachedQuery((db, { poolId, ids }: { readonly poolId: number; readonly ids: readonly number[] }) =>
  db
    .selectFrom('gift')
    .select(candidateColumns)
    .where('pool_id', '=', poolId)
    .where('id', 'in', ids)
    .where('slot', 'is not', null),
);

/** True if kinds are owed that were not when the pool was read. */
export async function hasNewOwedKinds(db: Db, pool: PoolRow): Promise<boolean> {
  const now = await db.selectFrom('pool').select('owed_kinds').where('id', '=', pool.id).executeTakeFirstOrThrow();
  return now.owed_kinds !== pool.owed_kinds;
}

/**
 * Takes gifts out of the pool, except those that a concurrent transaction has taken, is taking or has moved to another slot. Takes
 * none if the owed kinds have changed: a gift may have come with a ticket that is owed one of its kind.
 */
async function claim(
  db: Db,
  pool: PoolRow,
  picked: readonly (Candidate | undefined)[],
  isExclusive: boolean,
): Promise<ReadonlyMap<number, WholeGift>> {
  const gifts = picked.filter((gift) => gift !== undefined);
  const wanted = gifts.map(({ id }) => id);
  const slots = gifts.flatMap(({ slot }) => slot ?? []);
  if (wanted.length === 0) return new Map();
  const claimed = isExclusive
    ? await claimAll(db, { wanted })
    : await claimUnlocked(db, { wanted, slots, poolId: pool.id, owedKinds: pool.owed_kinds });
  return new Map(claimed.map((gift) => [gift.id, gift]));
}

const claimAll = cachedQuery((db, { wanted }: { wanted: readonly number[] }) =>
  claimGifts(db, (eb) => stillPooled(eb, wanted)),
);

interface UnlockedClaim extends Record<string, unknown> {
  readonly wanted: readonly number[];
  readonly slots: readonly number[];
  readonly poolId: number;
  readonly owedKinds: number;
}

const claimUnlocked = cachedQuery((db, { wanted, slots, poolId, owedKinds }: UnlockedClaim) =>
  claimGifts(db, (eb) =>
    stillPooled(eb, wanted)
      // PostgreSQL checks the slot again after a concurrent commit, but not the row of the pool: `backWish` moves the gift.
      .where('there.slot', 'in', slots)
      .where((pool) => pool(pool.selectFrom('pool').select('owed_kinds').where('pool.id', '=', poolId), '=', owedKinds))
      .skipLocked(),
  ),
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
  { db, random, isExclusive }: Tx,
  pool: PoolRow,
  request: DrawRequest,
  allowance: KindAllowance,
): Promise<WholeGift | undefined> {
  const kinds = allowedKinds(request, allowance, fileKinds);
  if (kinds?.length === 0) return undefined;
  for (let attempt = 0; attempt < maxOvertaken; attempt++) {
    const picked = await pickExactly(db, pool, request.exclusions, kinds, random);
    if (!picked) return undefined;
    const gift = (await claim(db, pool, [picked], isExclusive)).get(picked.id);
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
      lease_limit: leaseLimit(deadlines, gift.size),
    })),
  });
  const tickets = [...gifts].flatMap(([{ ticketId, owedKind }, { kind }]) =>
    ticketId === null ? [] : [{ id: ticketId, owed_kind: owedKind, kind }],
  );
  if (tickets.length > 0) {
    await markDrawn(db, { tickets: tickets.map(({ id }) => id) });
    for (const { id, owed_kind, kind } of tickets)
      if (owed_kind !== null && owed_kind !== kind) await owe(db, id, kind);
  }
  await applyChanges(db, pool.id, leaving([...gifts.values()], tickets));
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

/** If the delivery lapses, the ticket is owed the kind that returns to the pool. */
async function owe(db: Db, ticketId: number, kind: FileKind): Promise<void> {
  await db.updateTable('ticket').set({ owed_kind: kind }).where('id', '=', ticketId).execute();
}

function leaving(
  gifts: readonly GiftRow[],
  tickets: readonly { readonly owed_kind: FileKind | null }[],
): CounterChanges {
  return mergeChanges(owedChanges(tickets, -1), ...gifts.map((gift) => giftChanges(gift, -1)));
}
