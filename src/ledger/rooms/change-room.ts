/** The changes that a host makes in a room. */
import { Problem } from '../../contract/problems/problem.ts';
import type { RoomFacts, RoomHost } from '../room-types.ts';
import type { Db } from '../schema/tables.ts';
import { lockAsHost, roomFacts } from './room-rows.ts';

/** See `RoomLedger.moveDeadline`. */
export async function saveDeadline(db: Db, host: RoomHost, closesAt: number): Promise<RoomFacts> {
  const room = await lockAsHost(db, host);
  if (room.ended_at !== null) throw new Problem('room-closed');
  await db.updateTable('room').set({ closes_at: closesAt }).where('id', '=', room.id).execute();
  return roomFacts({ ...room, closes_at: closesAt });
}

/** See `RoomLedger.endRoom`. Needs an exclusive transaction, so that no gift enters afterwards. */
export async function markEnded(db: Db, host: RoomHost, now: number): Promise<void> {
  const { id, ended_at, closes_at } = await lockAsHost(db, host);
  if (ended_at !== null) return;
  await db
    .updateTable('room')
    .set({ ended_at: now, closes_at: Math.min(closes_at, now) })
    .where('id', '=', id)
    .execute();
}
