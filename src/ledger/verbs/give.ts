import type { Insertable } from 'kysely';
import { hourOf } from '../../contract/vocabulary.ts';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { enterPool } from '../matching/enter-pool.ts';
import { newGiftRow } from '../matching/gift-rows.ts';
import { kindBit } from '../matching/kind-slots.ts';
import { markOwed, owedChanges } from '../matching/owed-kinds.ts';
import { emptySlots } from '../matching/slots.ts';
import {
  addressesWaiting,
  hasWaitingTickets,
  mayServeTickets,
  newTicketRow,
  nextWaitingTicket,
  owedKindOf,
} from '../matching/tickets.ts';
import { seatsOfTickets, takeSeats } from '../rooms/round-rows.ts';
import { giftColumns, givenGift } from '../schema/row-mapping.ts';
import type { Db, GiftRow, GiftTable, PoolRow, TicketTable } from '../schema/tables.ts';
import {
  applyChanges,
  counterChange,
  findTiers,
  giftChanges,
  keptBytes,
  mergeChanges,
  type Tiers,
} from '../stats/counters.ts';
import { addToHour } from '../stats/hourly.ts';
import { type Admission, budgetLeft, planAdmission, useBudgets } from '../tiers/daily-budget.ts';
import { findKnown } from '../tiers/known-files.ts';
import { holdForNeighbour } from '../tiers/other-tier.ts';
import { type Outcome, toOutcome } from '../transactions/batch.ts';
import type { Deadlines, GiveResult, NewGift, TicketNotice } from '../types.ts';
import { acceptGifts, answerEarlier, type GiveOutcomes, type GiveRequest } from './accept-gifts.ts';

/**
 * See `ExchangeLedger.give`: many gifts in as many queries as one. A gift that may serve a waiting ticket needs an exclusive
 * transaction, and such gifts enter one by one.
 */
export async function give(tx: Tx, requests: readonly GiveRequest[]): Promise<Outcome<GiveResult>[]> {
  const outcomes: GiveOutcomes = new Map();
  for (const [name, ofPool] of Map.groupBy(requests, ({ gift }) => gift.pool)) {
    const found = await toOutcome(findTiers(tx.db, name));
    if ('error' in found) refuse(ofPool, found.error, outcomes);
    else await giveTo(tx, found.value, ofPool, outcomes);
  }
  return requests.map((request) => outcomes.get(request) as Outcome<GiveResult>);
}

function refuse(requests: readonly GiveRequest[], error: unknown, outcomes: GiveOutcomes): void {
  for (const request of requests) outcomes.set(request, { error });
}

/** Gives to one pool: chooses the tier of each gift that is new and fits, and answers each request. */
async function giveTo(tx: Tx, tiers: Tiers, requests: readonly GiveRequest[], outcomes: GiveOutcomes): Promise<void> {
  const { db, isExclusive } = tx;
  const known = await findKnown(db, giftsOf(requests));
  const { accepted, door } = await acceptGifts(db, { tiers, refused: known.refused }, requests, outcomes);
  const plan = await planAdmission(db, giftsOf(accepted), known.files, !isExclusive);
  const tierOf = (gift: NewGift, { main }: Admission<NewGift>) =>
    main.has(gift) ? tiers.main : (tiers.overflow ?? tiers.main);
  const mayServe = isExclusive ? new Set() : await findServing(db, accepted, (gift) => tierOf(gift, plan));
  const entering = accepted.filter((request) => !mayServe.has(request));
  const later = accepted.filter((request) => mayServe.has(request));
  refuse(later, new NeedsIsolation('exclusive'), outcomes);
  const admission = await useBudgets(db, giftsOf(entering), plan);
  const serving = isExclusive ? await findServing(db, entering, (gift) => tierOf(gift, admission)) : new Set();
  for (const [pool, ofTier] of Map.groupBy(entering, ({ gift }) => tierOf(gift, admission))) {
    const poolSome = (some: readonly GiveRequest[], isServing: boolean) =>
      poolGifts(tx, { pool, isServing, copies: admission.copies }, some, outcomes);
    for (const request of ofTier) if (serving.has(request)) await poolSome([request], true);
    await poolSome(
      ofTier.filter((request) => !serving.has(request)),
      false,
    );
  }
  for (const request of entering) addBudget(outcomes, request, admission);
  if (door.roundId !== undefined) await takeSeats(db, door.roundId, newSeats(entering, outcomes));
  await answerRepeated(db, tiers, requests, outcomes);
  if (door.roundId !== undefined) await addSeats(db, requests, outcomes);
}

/** The tickets that take a seat each. */
const newSeats = (requests: readonly GiveRequest[], outcomes: GiveOutcomes) =>
  requests.flatMap((request) => {
    const ticketId = ticketOf(outcomes.get(request));
    return ticketId === undefined ? [] : [{ ticketId, salt: request.gift.salt ?? '' }];
  });

const ticketOf = (outcome: Outcome<GiveResult> | undefined): number | undefined =>
  outcome && 'value' in outcome ? (outcome.value.ticketId ?? undefined) : undefined;

/** Adds the seats to the answers, also to those of earlier gifts. */
async function addSeats(db: Db, requests: readonly GiveRequest[], outcomes: GiveOutcomes): Promise<void> {
  const seats = await seatsOfTickets(
    db,
    requests.flatMap((request) => ticketOf(outcomes.get(request)) ?? []),
  );
  for (const request of requests) {
    const outcome = outcomes.get(request);
    const seat = seats.get(ticketOf(outcome) ?? 0);
    if (seat && outcome && 'value' in outcome) outcomes.set(request, { value: { ...outcome.value, seat } });
  }
}

const giftsOf = (requests: readonly GiveRequest[]): readonly NewGift[] => requests.map(({ gift }) => gift);

/** How gifts enter a tier. `isServing`: each may serve a waiting ticket. */
interface Entry {
  readonly pool: PoolRow;
  readonly isServing: boolean;
  readonly copies: ReadonlySet<NewGift>;
}

/** The requests whose gift may serve a waiting ticket: one of its tier, or one of a neighbour. */
async function findServing(
  db: Db,
  requests: readonly GiveRequest[],
  tierOf: (gift: NewGift) => PoolRow,
): Promise<ReadonlySet<GiveRequest>> {
  const tierIds = [...new Set(requests.map(({ gift }) => tierOf(gift).id))];
  const addresses = [...new Set(requests.flatMap(({ gift }) => gift.origin?.address ?? []))];
  if (requests.length === 0 || !(await mayServeTickets(db, tierIds, addresses))) return new Set();
  const waiting = new Set<number>();
  for (const id of tierIds) if (await hasWaitingTickets(db, id)) waiting.add(id);
  const nearby = await addressesWaiting(db, addresses);
  return new Set(requests.filter(({ gift }) => waiting.has(tierOf(gift).id) || nearby.has(gift.origin?.address ?? '')));
}

function addBudget(outcomes: GiveOutcomes, request: GiveRequest, admission: Admission<NewGift>): void {
  const outcome = outcomes.get(request);
  const left = budgetLeft(request.gift, admission);
  if (outcome && 'value' in outcome && left !== undefined)
    outcomes.set(request, { value: { ...outcome.value, budgetLeft: left } });
}

/** Pools new gifts in one tier. */
async function poolGifts(
  { db }: Tx,
  entry: Entry,
  accepted: readonly GiveRequest[],
  outcomes: GiveOutcomes,
): Promise<void> {
  const { pool, isServing } = entry;
  if (accepted.length === 0) return;
  await markNewlyOwed(db, pool, accepted);
  const gifts = await insertGifts(db, entry, accepted);
  const tickets = await insertTickets(db, accepted, gifts);
  await countGifts(db, pool, accepted, isServing ? [] : gifts);
  for (const [index, request] of accepted.entries()) {
    const gift = gifts[index] as GiftRow;
    const notices = isServing ? await serveOrPool(db, gift, request.deadlines) : [];
    const ticketId = tickets.get(gift.id) ?? null;
    outcomes.set(request, { value: { ticketId, gift: givenGift(gift), notices } });
  }
}

/** Holds a gift for a waiting ticket of its tier, else for one of a neighbour, or puts it into the pool. */
async function serveOrPool(db: Db, gift: GiftRow, deadlines: Deadlines): Promise<readonly TicketNotice[]> {
  const isForTier = (await nextWaitingTicket(db, gift)) !== undefined;
  const held = isForTier ? undefined : await holdForNeighbour(db, gift, deadlines);
  return held ?? enterPool(db, gift, deadlines);
}

/** A ticket hash that occurs twice in one batch: the later request gets the gift of the first. */
async function answerRepeated(
  db: Db,
  tiers: Tiers,
  requests: readonly GiveRequest[],
  outcomes: GiveOutcomes,
): Promise<void> {
  const repeated = requests.filter((request) => !outcomes.has(request));
  await answerEarlier(db, tiers, repeated, outcomes);
  // The first needs another transaction, and so do these.
  const left = repeated.filter((request) => !outcomes.has(request));
  refuse(left, new NeedsIsolation('exclusive'), outcomes);
}

/** The kind that the ticket of a gift is owed. */
const owedKind = ({ gift }: GiveRequest) => (gift.ticketHash === null ? null : owedKindOf(gift, gift.wish ?? null));

async function markNewlyOwed(db: Db, pool: PoolRow, requests: readonly GiveRequest[]): Promise<void> {
  const owed = new Set(requests.flatMap((request) => owedKind(request) ?? []));
  await markOwed(
    db,
    pool.id,
    [...owed].filter((kind) => (pool.owed_kinds & kindBit(kind)) === 0),
  );
}

/** Inserts gifts: each in a slot, or in none while it may still go to a waiting ticket. In the order of the requests. */
async function insertGifts(
  db: Db,
  { pool, isServing, copies }: Entry,
  requests: readonly GiveRequest[],
): Promise<GiftRow[]> {
  if (requests.length === 0) return [];
  const kinds = isServing ? [] : requests.map(({ gift }) => gift.kind);
  const wanted = new Map([...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]));
  const slots = isServing ? undefined : await emptySlots(db, pool.id, wanted);
  const rows = await insertGiftRows(db, {
    rows: requests.map(({ gift, deadlines }) => ({
      ...newGiftRow(pool, gift, deadlines),
      copy: copies.has(gift) || gift.room ? 1 : 0,
      ...(slots ? { state: 'pooled', slot: slots.get(gift.kind)?.pop() ?? null } : {}),
    })),
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return requests.map(({ gift }) => byKey.get(gift.key) as GiftRow);
}

const insertGiftRows = cachedQuery((db, { rows }: { rows: readonly Insertable<GiftTable>[] }) =>
  db.insertInto('gift').values(rows).returning(giftColumns),
);

/** The tickets that gifts earn, by gift. */
async function insertTickets(
  db: Db,
  requests: readonly GiveRequest[],
  gifts: readonly GiftRow[],
): Promise<ReadonlyMap<number, number>> {
  const rows = requests.flatMap(({ gift: { ticketHash, wish, room }, deadlines }, index) => {
    if (ticketHash === null) return [];
    const row = newTicketRow(gifts[index] as GiftRow, ticketHash, wish ?? null, deadlines);
    return [{ ...row, room_id: room?.id ?? null }];
  });
  if (rows.length === 0) return new Map();
  const inserted = await insertTicketRows(db, { rows });
  return new Map(inserted.map(({ id, gift_id }) => [gift_id, id]));
}

const insertTicketRows = cachedQuery((db, { rows }: { rows: readonly Insertable<TicketTable>[] }) =>
  db.insertInto('ticket').values(rows).returning(['id', 'gift_id']),
);

async function countGifts(
  db: Db,
  pool: PoolRow,
  requests: readonly GiveRequest[],
  pooled: readonly GiftRow[],
): Promise<void> {
  if (requests.length === 0) return;
  const given = counterChange('given_total', requests.length);
  const earning = requests.filter(({ gift }) => gift.ticketHash !== null);
  const owed = owedChanges(
    earning.map((request) => ({ owed_kind: owedKind(request) })),
    1,
  );
  const gifts = requests.map(({ gift }) => gift);
  const kept = mergeChanges(counterChange('kept/gifts', gifts.length), keptBytes(gifts, 1));
  const entered = pooled.map((gift) => giftChanges(gift, 1));
  await applyChanges(db, pool.id, mergeChanges(given, owed, kept, ...entered));
  for (const [, ofHour] of Map.groupBy(requests, ({ deadlines }) => hourOf(deadlines.now)))
    await addToHour(db, pool.id, 'given', ofHour[0]?.deadlines.now ?? 0, ofHour.length);
}
