/** How gifts come into the pool, and how they leave it other than by a draw. */
import type { Insertable } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { Deadlines, GiveResult, NewGift, SweepResult, TicketNotice } from '../ledger.ts';
import { giftColumns, givenGift } from '../schema/row-mapping.ts';
import type { Db, GiftRow, GiftTable, PoolRow, TicketTable } from '../schema/tables.ts';
import {
  applyChanges,
  counterChange,
  findPool,
  mergeChanges,
  readBacking,
  readCounters,
  sumByPrefix,
} from '../stats/counters.ts';
import { addToHour } from '../stats/hourly.ts';
import { putInSlot, takeFromSlot } from './slots.ts';
import { findEarlierGive, nextWaitingTicket } from './tickets.ts';

/** See `Ledger.poolGift`. */
export async function poolGift(db: Db, gift: NewGift, deadlines: Deadlines): Promise<GiveResult> {
  const earlier = gift.ticketHash === null ? undefined : await findEarlierGive(db, gift.ticketHash);
  if (earlier) return earlier;
  const pool = await findPool(db, gift.pool);
  await refuseWhenFull(db, pool, gift);
  const row = await insertGift(db, pool, gift, deadlines);
  const ticketId =
    gift.ticketHash === null ? null : await insertTicket(db, row, gift.ticketHash, deadlines);
  const owed = ticketId === null ? [] : [counterChange('open_tickets', 1)];
  await applyChanges(db, pool.id, mergeChanges(counterChange('given_total', 1), ...owed));
  await addToHour(db, pool.id, 'given', deadlines.now);
  return { ticketId, gift: givenGift(row), notices: await enterPool(db, row, deadlines) };
}

async function refuseWhenFull(db: Db, pool: PoolRow, gift: NewGift): Promise<void> {
  if (gift.maxPoolBytes === Number.POSITIVE_INFINITY) return;
  const bytes = sumByPrefix(await readCounters(db, pool.id), 'bytes/');
  if (bytes + gift.size > gift.maxPoolBytes) throw new Problem('storage-full');
}

function insertGift(db: Db, pool: PoolRow, gift: NewGift, deadlines: Deadlines): Promise<GiftRow> {
  return db
    .insertInto('gift')
    .values(newGiftRow(pool, gift, deadlines))
    .returning(giftColumns)
    .executeTakeFirstOrThrow();
}

/** The row of a gift that is not yet in any slot. */
export const newGiftRow = (
  pool: PoolRow,
  gift: NewGift,
  deadlines: Deadlines,
): Insertable<GiftTable> => ({
  key: gift.key,
  pool_id: pool.id,
  giver: gift.giver,
  name: gift.name,
  extension: gift.extension,
  kind: gift.kind,
  mime_type: gift.mimeType,
  size: gift.size,
  sha256: gift.sha256,
  checks: gift.checks,
  state: 'leased',
  slot: null,
  given_at: deadlines.now,
  remove_at: null,
  purge_at: null,
  keep_until: null,
  thanks: null,
});

async function insertTicket(
  db: Db,
  gift: GiftRow,
  hash: string,
  deadlines: Deadlines,
): Promise<number> {
  const { id } = await db
    .insertInto('ticket')
    .values(newTicketRow(gift, hash, deadlines))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** The row of the ticket that a gift earns. */
export const newTicketRow = (
  gift: GiftRow,
  hash: string,
  deadlines: Deadlines,
): Insertable<TicketTable> => ({
  hash,
  pool_id: gift.pool_id,
  giver: gift.giver,
  sha256: gift.sha256,
  gift_id: gift.id,
  state: 'open',
  created_at: deadlines.now,
  expires_at: deadlines.ticketUntil,
});

/**
 * The one way into the pool. Who has waited longest comes first (promise P5): since a ticket waits only while nothing
 * in the pool is for it, a gift that enters and may be had by a waiting ticket is that ticket's whole choice.
 *
 * While anybody waits, whoever asks must be alone: two transactions that serve several would each wait for one that the other
 * has taken, and begin to do so in the middle of what they write (`LookAlone`).
 */
export async function enterPool(
  db: Db,
  gift: GiftRow,
  deadlines: Deadlines,
): Promise<TicketNotice[]> {
  if (gift.keep_until !== null) return quarantineGift(db, gift, deadlines.now, deadlines);
  // They were of a receiver who does not have it after all.
  if (gift.thanks !== null) await updateGiftEnd(db, gift, { thanks: null });
  const ticket = await nextWaitingTicket(db, gift);
  if (!ticket) {
    await putInSlot(db, gift);
    return [];
  }
  await db.updateTable('gift').set({ state: 'leased' }).where('id', '=', gift.id).execute();
  return holdFor(db, gift, ticket.id, deadlines);
}

/** Keeps a gift that has left the pool, or never entered it, for a ticket that waited. */
export async function holdFor(
  db: Db,
  gift: GiftRow,
  ticketId: number,
  deadlines: Deadlines,
): Promise<TicketNotice[]> {
  await db.updateTable('ticket').set({ state: 'ready' }).where('id', '=', ticketId).execute();
  await applyChanges(db, gift.pool_id, counterChange('open_tickets', -1));
  await db
    .insertInto('delivery')
    .values({
      gift_id: gift.id,
      ticket_id: ticketId,
      state: 'held',
      lease_until: deadlines.holdUntil,
    })
    .execute();
  return [{ ticketId, event: 'ready' }];
}

/** See `Ledger.knowsGift`. */
export async function hasGift(db: Db, key: string): Promise<boolean> {
  return (
    (await db.selectFrom('gift').select('id').where('key', '=', key).executeTakeFirst()) !==
    undefined
  );
}

const giftById = (db: Db, id: number) =>
  db.selectFrom('gift').select(giftColumns).where('id', '=', id);

/** A gift as it is at this moment. */
export const getGift = (db: Db, id: number): Promise<GiftRow> =>
  giftById(db, id).executeTakeFirstOrThrow();

/** A gift, which nobody else changes until this transaction ends. */
export const lockGift = (db: Db, id: number): Promise<GiftRow> =>
  giftById(db, id).forUpdate().executeTakeFirstOrThrow();

/** The same if it is in the pool. Any other is left to whoever is at it, without waiting for them. */
export const lockPooledGift = (db: Db, id: number): Promise<GiftRow | undefined> =>
  giftById(db, id).where('state', '=', 'pooled').forUpdate().executeTakeFirst();

type GiftEnds = Partial<
  Pick<GiftRow, 'state' | 'remove_at' | 'purge_at' | 'keep_until' | 'thanks'>
>;

/** Bytes that were reported stay for the operator until then, whatever is said here of when they may go. */
export async function updateGiftEnd(
  db: Db,
  { id, keep_until }: Pick<GiftRow, 'id' | 'keep_until'>,
  ends: GiftEnds,
): Promise<void> {
  const kept =
    ends.remove_at == null ? {} : { remove_at: Math.max(ends.remove_at, keep_until ?? 0) };
  await db
    .updateTable('gift')
    .set({ ...ends, ...kept })
    .where('id', '=', id)
    .execute();
}

/**
 * Takes a gift that is neither on a shelf nor with anybody out of circulation for good. Nobody has it, so nobody
 * has thanked for it.
 */
export async function quarantineGift(
  db: Db,
  gift: GiftRow,
  removeAt: number | null,
  { purgeAt }: Deadlines,
): Promise<TicketNotice[]> {
  const ends = { remove_at: removeAt, purge_at: purgeAt, thanks: null };
  await updateGiftEnd(db, gift, { ...ends, state: 'quarantined' });
  await applyChanges(db, gift.pool_id, counterChange('quarantined_total', 1));
  return noticeToGiver(db, gift.id, 'removed');
}

/** Whether any free gift is as old as that, or any that a ticket is owed. */
export async function hasExpiredGifts(db: Db, givenBefore: number): Promise<boolean> {
  return (await oldGifts(db, givenBefore).limit(1).executeTakeFirst()) !== undefined;
}

const oldGifts = (db: Db, givenBefore: number) =>
  db
    .selectFrom('gift')
    .select('id')
    .where('slot', 'is not', null)
    .where('given_at', '<', givenBefore)
    .orderBy('given_at');

/**
 * Ends free gifts that nobody drew in time. A gift that an open ticket is owed stays, however old: expiry must not
 * take what was promised (P4). See `Ledger.expire`.
 */
export async function expireGifts(
  db: Db,
  deadlines: Deadlines,
  givenBefore: number,
  limit: number,
): Promise<SweepResult> {
  const old = await oldGifts(db, givenBefore).limit(limit).execute();
  const notices: TicketNotice[] = [];
  let expired = 0;
  for (const { id } of old) {
    const gift = await lockGift(db, id);
    if (gift.state !== 'pooled' || !(await hasFreeGift(db, gift.pool_id))) continue;
    await takeFromSlot(db, gift, 'expired');
    await updateGiftEnd(db, gift, { remove_at: deadlines.now, purge_at: deadlines.purgeAt });
    notices.push(...(await noticeToGiver(db, id, 'expired')));
    expired++;
  }
  return { count: expired, notices };
}

/** Whether more gifts are pooled than open tickets are owed; for who is alone, or it is old news. */
export async function hasFreeGift(db: Db, poolId: number): Promise<boolean> {
  const { gifts, owed } = await readBacking(db, poolId);
  return gifts > owed;
}

/** Tells the giver of a gift what became of it, if the gift earned a ticket. */
export async function noticeToGiver(
  db: Db,
  giftId: number,
  event: TicketNotice['event'],
): Promise<TicketNotice[]> {
  const ticket = await db
    .selectFrom('ticket')
    .select('id')
    .where('gift_id', '=', giftId)
    .executeTakeFirst();
  return ticket ? [{ ticketId: ticket.id, event }] : [];
}
