/** The changes that a host makes in a room. */
import { Problem } from '../../contract/problems/problem.ts';
import type { RoomFacts, RoomHost } from '../room-types.ts';
import type { Db } from '../schema/tables.ts';
import { keepTickets } from './close-round.ts';
import { lockAsHost, roomFacts } from './room-rows.ts';
import { readRound } from './round-rows.ts';

/** See `RoomLedger.moveDeadline`. */
export async function saveDeadline(
  db: Db,
  host: RoomHost,
  closesAt: number,
  ticketsUntil: number | undefined,
): Promise<RoomFacts> {
  const room = await lockAsHost(db, host);
  const round = await readRound(db, room.id);
  if (room.ended_at !== null || (round && round.state !== 'open')) throw new Problem('room-closed');
  await db.updateTable('room').set({ closes_at: closesAt }).where('id', '=', room.id).execute();
  if (round && ticketsUntil !== undefined) await keepTickets(db, room.id, ticketsUntil);
  return roomFacts({ ...room, closes_at: closesAt }, round);
}

/** See `RoomLedger.endRoom`. Needs an exclusive transaction, so that no gift enters afterwards. */
export async function markEnded(db: Db, host: RoomHost, now: number): Promise<void> {
  const { id, ended_at, closes_at } = await lockAsHost(db, host);
  if (ended_at !== null) return;
  await db
    .updateTable('room')
    .set({ ended_at: now, end_reason: 'room-ended', closes_at: Math.min(closes_at, now) })
    .where('id', '=', id)
    .execute();
}
