/** Gives: many gifts that come into a pool together, in as many queries as one. */

import type { Insertable } from 'kysely';
import { hourOf } from '../../contract/hourly-stats.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Deadlines, GiveResult, NewGift } from '../ledger.ts';
import type { Table } from '../matching/claim.ts';
import { newGiftRow, newTicketRow, poolGift } from '../matching/gift-rows.ts';
import { emptySlots } from '../matching/slots.ts';
import { hasWaitingTickets } from '../matching/tickets.ts';
import { giftColumns, givenGift } from '../schema/row-mapping.ts';
import type { Db, GiftRow, GiftTable, PoolRow, TicketTable } from '../schema/tables.ts';
import {
  applyChanges,
  type CounterChanges,
  counterChange,
  findPool,
  giftChanges,
  mergeChanges,
  readCounters,
  sumByPrefix,
} from '../stats/counters.ts';
import { addToHour } from '../stats/hourly.ts';
import { NeedsExclusive, type Outcome, toOutcome } from '../transactions/batch.ts';

/** One gift, as it is given. */
export interface GiveRequest {
  readonly gift: NewGift;
  readonly deadlines: Deadlines;
}

/** See `Ledger.poolGift`: many at once, each as if it came by itself, but for `LookAlone` where somebody waits (`enterPool`). */
export async function giveAll(
  db: Db,
  asked: readonly GiveRequest[],
  { isAlone }: Pick<Table, 'isAlone'>,
): Promise<Outcome<GiveResult>[]> {
  const pool = await poolForAll(db, asked);
  if (pool) return enterTogether(db, pool, asked);
  if (!isAlone && (await isAnyInLineFor(db, asked)))
    return asked.map(() => ({ error: new NeedsExclusive() }));
  const outcomes: Outcome<GiveResult>[] = [];
  for (const { gift, deadlines } of asked)
    outcomes.push(await toOutcome(poolGift(db, gift, deadlines)));
  return outcomes;
}

/** Whether somebody waits where these gifts are to go. */
async function isAnyInLineFor(db: Db, asked: readonly GiveRequest[]): Promise<boolean> {
  for (const name of new Set(asked.map(({ gift }) => gift.pool)))
    if (await hasWaitingTickets(db, (await findPool(db, name)).id)) return true;
  return false;
}

/**
 * The pool that all of them enter without further ado, if there is one: each is new and has room, and nobody waits for it.
 * As gifts enter side by side, nobody begins to wait meanwhile.
 */
async function poolForAll(db: Db, asked: readonly GiveRequest[]): Promise<PoolRow | undefined> {
  const [name, ...otherNames] = new Set(asked.map(({ gift }) => gift.pool));
  if (name === undefined || otherNames.length > 0) return undefined;
  const hashes = asked.flatMap(({ gift }) => gift.ticketHash ?? []);
  if (new Set(hashes).size < hashes.length) return undefined;
  const pool = await findPool(db, name);
  const isSmooth =
    !(await isAnyKnown(db, hashes)) &&
    !(await hasWaitingTickets(db, pool.id)) &&
    (await hasRoom(db, pool, asked));
  return isSmooth ? pool : undefined;
}

async function isAnyKnown(db: Db, hashes: readonly string[]): Promise<boolean> {
  if (hashes.length === 0) return false;
  const known = db.selectFrom('ticket').select('id').where('hash', 'in', hashes).limit(1);
  return (await known.executeTakeFirst()) !== undefined;
}

async function hasRoom(db: Db, pool: PoolRow, asked: readonly GiveRequest[]): Promise<boolean> {
  const most = Math.min(...asked.map(({ gift }) => gift.maxPoolBytes));
  if (most === Number.POSITIVE_INFINITY) return true;
  const bytes = sumByPrefix(await readCounters(db, pool.id), 'bytes/');
  return asked.reduce((sum, { gift }) => sum + gift.size, bytes) <= most;
}

async function enterTogether(
  db: Db,
  pool: PoolRow,
  asked: readonly GiveRequest[],
): Promise<Outcome<GiveResult>[]> {
  const slots = await emptySlots(db, pool.id, asked.length);
  const rows = await insertGifts(db, {
    rows: asked.map(({ gift, deadlines }, index) => ({
      ...newGiftRow(pool, gift, deadlines),
      state: 'pooled',
      slot: slots[index] ?? null,
    })),
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const gifts = asked.map(({ gift }) => byKey.get(gift.key) as GiftRow);
  const tickets = await insertTickets(db, asked, gifts);
  await applyChanges(db, pool.id, entering(gifts, tickets.size));
  for (const [, ofHour] of Map.groupBy(asked, ({ deadlines }) => hourOf(deadlines.now)))
    await addToHour(db, pool.id, 'given', ofHour[0]?.deadlines.now ?? 0, ofHour.length);
  return gifts.map((gift) => ({
    value: { ticketId: tickets.get(gift.id) ?? null, gift: givenGift(gift), notices: [] },
  }));
}

const insertGifts = cachedQuery((db, { rows }: { rows: readonly Insertable<GiftTable>[] }) =>
  db.insertInto('gift').values(rows).returning(giftColumns),
);

/** The tickets that they earn, by gift. */
async function insertTickets(
  db: Db,
  asked: readonly GiveRequest[],
  gifts: readonly GiftRow[],
): Promise<ReadonlyMap<number, number>> {
  const rows = asked.flatMap(({ gift: { ticketHash }, deadlines }, index) => {
    const gift = gifts[index];
    return ticketHash === null || !gift ? [] : [newTicketRow(gift, ticketHash, deadlines)];
  });
  if (rows.length === 0) return new Map();
  const made = await newTickets(db, { rows });
  return new Map(made.map(({ id, gift_id }) => [gift_id, id]));
}

const newTickets = cachedQuery((db, { rows }: { rows: readonly Insertable<TicketTable>[] }) =>
  db.insertInto('ticket').values(rows).returning(['id', 'gift_id']),
);

function entering(gifts: readonly GiftRow[], tickets: number): CounterChanges {
  const given = counterChange('given_total', gifts.length);
  return mergeChanges(
    given,
    counterChange('open_tickets', tickets),
    ...gifts.map((gift) => giftChanges(gift, 1)),
  );
}
