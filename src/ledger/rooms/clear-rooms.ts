/** Rooms that have ended: what is left in them goes, and at last they are forgotten. */

import { noticeToGiver, updateGiftEnd } from '../matching/gift-rows.ts';
import { owedChanges } from '../matching/owed-kinds.ts';
import { takeFromSlot } from '../matching/slots.ts';
import { isTicketInRoom, isTicketOwed } from '../schema/index-predicates.ts';
import { giftColumns } from '../schema/row-mapping.ts';
import type { Db } from '../schema/tables.ts';
import { applyChanges, readKept } from '../stats/counters.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';

/** True if `clearRooms` has something to do. */
export const hasRoomsToClear = async (db: Db): Promise<boolean> =>
  (await openTickets(db).limit(1).executeTakeFirst()) !== undefined ||
  (await pooledGifts(db).limit(1).executeTakeFirst()) !== undefined;

/**
 * See `RoomLedger.clearRooms`. Tickets end before gifts, so that each open one stays backed (P4). Needs an exclusive transaction; gifts
 * and tickets of deliveries that lapse later are found by the next run.
 */
export async function emptyRooms(db: Db, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const tickets = await endTickets(db, limit);
  return tickets.count > 0 ? tickets : removeGifts(db, deadlines, limit);
}

const endedRooms = (db: Db) => db.selectFrom('room').where('ended_at', 'is not', null);

const openTickets = (db: Db) =>
  db
    .selectFrom('ticket')
    .select(['id', 'pool_id', 'owed_kind'])
    .where(isTicketInRoom)
    .where('room_id', 'in', endedRooms(db).select('room.id'))
    .where(isTicketOwed);

async function endTickets(db: Db, limit: number): Promise<SweepResult> {
  const tickets = await openTickets(db).orderBy('id').limit(limit).forUpdate().execute();
  if (tickets.length === 0) return { count: 0, notices: [] };
  const ids = tickets.map(({ id }) => id);
  await ticketsToTell(db).set({ state: 'withdrawn' }).where('id', 'in', ids).execute();
  for (const [poolId, ofPool] of Map.groupBy(tickets, ({ pool_id }) => pool_id))
    await applyChanges(db, poolId, owedChanges(ofPool, -1));
  return { count: ids.length, notices: ids.map((ticketId) => ({ ticketId, event: 'withdrawn' as const })) };
}

/** An update of tickets that notes why their room has ended. */
const ticketsToTell = (db: Db) =>
  db.updateTable('ticket').set(({ selectFrom }) => ({
    end_reason: selectFrom('room').select('room.end_reason').whereRef('room.id', '=', 'ticket.room_id'),
  }));

const pooledGifts = (db: Db) =>
  db
    .selectFrom('gift')
    .select(giftColumns)
    .where('pool_id', 'in', endedRooms(db).select('room.pool_id'))
    .where('slot', 'is not', null);

async function removeGifts(db: Db, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const gifts = await pooledGifts(db).orderBy('id').limit(limit).forUpdate().skipLocked().execute();
  const notices: TicketNotice[] = [];
  for (const gift of gifts) {
    await takeFromSlot(db, gift, 'withdrawn');
    await updateGiftEnd(db, gift, { remove_at: deadlines.now, purge_at: deadlines.purgeAt });
    await ticketsToTell(db).where('gift_id', '=', gift.id).execute();
    notices.push(...(await noticeToGiver(db, gift.id, 'withdrawn')));
  }
  return { count: gifts.length, notices };
}

/** See `RoomLedger.purgeRooms`. */
export async function purgeRooms(db: Db, closedBefore: number, limit: number): Promise<number> {
  const closed = await db
    .selectFrom('room')
    .select(['id', 'pool_id'])
    .where('closes_at', '<', closedBefore)
    .orderBy('closes_at')
    .forUpdate()
    .execute();
  let count = 0;
  for (const { id, pool_id } of closed) {
    if (count === limit) break;
    if ((await readKept(db, [pool_id])).gifts > 0) continue;
    for (const table of ['counter', 'hour_count'] as const)
      await db.deleteFrom(table).where('pool_id', '=', pool_id).execute();
    const round = db.selectFrom('round').select('round.id').where('room_id', '=', id);
    await db.deleteFrom('seat').where('round_id', 'in', round).execute();
    await db.deleteFrom('round').where('room_id', '=', id).execute();
    await db.deleteFrom('room').where('id', '=', id).execute();
    await db.deleteFrom('pool').where('id', '=', pool_id).execute();
    count += 1;
  }
  return count;
}
