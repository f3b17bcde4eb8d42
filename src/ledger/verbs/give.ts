/** Gives: many gifts that come into a pool together, in as many queries as one. */

import type { Insertable } from 'kysely';
import { hourOf } from '../../contract/hourly-stats.ts';
import { compiled } from '../engine/query-cache.ts';
import type { NewGift, Pooled, Terms } from '../ledger.ts';
import type { Table } from '../matching/claim.ts';
import { newGiftRow, newTicketRow, poolGift } from '../matching/gift-rows.ts';
import { emptySlots } from '../matching/slots.ts';
import { isAnyWaiting } from '../matching/tickets.ts';
import { giftColumns, givenGift } from '../schema/row-mapping.ts';
import type { Db, GiftRow, GiftTable, PoolRow, TicketTable } from '../schema/tables.ts';
import {
  type Changes,
  changesOf,
  count,
  findPool,
  one,
  readCounters,
  sumOf,
  together,
} from '../stats/counters.ts';
import { countHour } from '../stats/hourly.ts';
import { LookAlone, type Outcome, settled } from '../transactions/batch.ts';

/** One gift, as it is given. */
export interface AskedGive {
  readonly gift: NewGift;
  readonly terms: Terms;
}

/** See `Ledger.poolGift`: many at once, each as if it came by itself, but for `LookAlone` where somebody waits (`enterPool`). */
export async function poolGifts(
  db: Db,
  asked: readonly AskedGive[],
  { isAlone }: Pick<Table, 'isAlone'>,
): Promise<Outcome<Pooled>[]> {
  const pool = await poolForAll(db, asked);
  if (pool) return enterTogether(db, pool, asked);
  if (!isAlone && (await isAnyInLineFor(db, asked)))
    return asked.map(() => ({ error: new LookAlone() }));
  const outcomes: Outcome<Pooled>[] = [];
  for (const { gift, terms } of asked) outcomes.push(await settled(poolGift(db, gift, terms)));
  return outcomes;
}

/** Whether somebody waits where these gifts are to go. */
async function isAnyInLineFor(db: Db, asked: readonly AskedGive[]): Promise<boolean> {
  for (const name of new Set(asked.map(({ gift }) => gift.pool)))
    if (await isAnyWaiting(db, (await findPool(db, name)).id)) return true;
  return false;
}

/**
 * The pool that all of them enter without further ado, if there is one: each is new and has room, and nobody waits for it.
 * As gifts enter side by side, nobody begins to wait meanwhile.
 */
async function poolForAll(db: Db, asked: readonly AskedGive[]): Promise<PoolRow | undefined> {
  const [name, ...otherNames] = new Set(asked.map(({ gift }) => gift.pool));
  if (name === undefined || otherNames.length > 0) return undefined;
  const hashes = asked.flatMap(({ gift }) => gift.ticketHash ?? []);
  if (new Set(hashes).size < hashes.length) return undefined;
  const pool = await findPool(db, name);
  const isSmooth =
    !(await isAnyKnown(db, hashes)) &&
    !(await isAnyWaiting(db, pool.id)) &&
    (await hasRoom(db, pool, asked));
  return isSmooth ? pool : undefined;
}

async function isAnyKnown(db: Db, hashes: readonly string[]): Promise<boolean> {
  if (hashes.length === 0) return false;
  const known = db.selectFrom('ticket').select('id').where('hash', 'in', hashes).limit(1);
  return (await known.executeTakeFirst()) !== undefined;
}

async function hasRoom(db: Db, pool: PoolRow, asked: readonly AskedGive[]): Promise<boolean> {
  const most = Math.min(...asked.map(({ gift }) => gift.maxPoolBytes));
  if (most === Number.POSITIVE_INFINITY) return true;
  const bytes = sumOf(await readCounters(db, pool.id), 'bytes/');
  return asked.reduce((sum, { gift }) => sum + gift.size, bytes) <= most;
}

async function enterTogether(
  db: Db,
  pool: PoolRow,
  asked: readonly AskedGive[],
): Promise<Outcome<Pooled>[]> {
  const slots = await emptySlots(db, pool.id, asked.length);
  const rows = await insertGifts(db, {
    rows: asked.map(({ gift, terms }, index) => ({
      ...newGiftRow(pool, gift, terms),
      state: 'pooled',
      slot: slots[index] ?? null,
    })),
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const gifts = asked.map(({ gift }) => byKey.get(gift.key) as GiftRow);
  const tickets = await insertTickets(db, asked, gifts);
  await count(db, pool.id, entering(gifts, tickets.size));
  for (const [, ofHour] of Map.groupBy(asked, ({ terms }) => hourOf(terms.now)))
    await countHour(db, pool.id, 'given', ofHour[0]?.terms.now ?? 0, ofHour.length);
  return gifts.map((gift) => ({
    value: { ticketId: tickets.get(gift.id) ?? null, gift: givenGift(gift), notices: [] },
  }));
}

const insertGifts = compiled((db, { rows }: { rows: readonly Insertable<GiftTable>[] }) =>
  db.insertInto('gift').values(rows).returning(giftColumns),
);

/** The tickets that they earn, by gift. */
async function insertTickets(
  db: Db,
  asked: readonly AskedGive[],
  gifts: readonly GiftRow[],
): Promise<ReadonlyMap<number, number>> {
  const rows = asked.flatMap(({ gift: { ticketHash }, terms }, index) => {
    const gift = gifts[index];
    return ticketHash === null || !gift ? [] : [newTicketRow(gift, ticketHash, terms)];
  });
  if (rows.length === 0) return new Map();
  const made = await newTickets(db, { rows });
  return new Map(made.map(({ id, gift_id }) => [gift_id, id]));
}

const newTickets = compiled((db, { rows }: { rows: readonly Insertable<TicketTable>[] }) =>
  db.insertInto('ticket').values(rows).returning(['id', 'gift_id']),
);

function entering(gifts: readonly GiftRow[], tickets: number): Changes {
  const given = one('given_total', gifts.length);
  return together(given, one('open_tickets', tickets), ...gifts.map((gift) => changesOf(gift, 1)));
}
