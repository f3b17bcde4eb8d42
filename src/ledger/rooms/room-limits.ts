import { Problem } from '../../contract/problems/problem.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { RoomOfGift } from '../limit-types.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import { readKept } from '../stats/counters.ts';
import type { NewGift } from '../types.ts';

/** Refuses gifts that a room does not take, and counts those that it does. */
type RefuseGift = (gift: Pick<NewGift, 'size'>, now: number) => Problem | undefined;

/** Reads the state of a room for the gifts that are about to enter its pool. Without a room it takes any gift and reads nothing. */
export async function openDoor(db: Db, pool: PoolRow, room: RoomOfGift | undefined): Promise<RefuseGift> {
  if (!room) return () => undefined;
  const [times] = await timesOf(db, { id: room.id });
  let { gifts, bytes } = await readKept(db, [pool.id]);
  return ({ size }, now) => {
    if (!times || times.ended_at !== null || times.closes_at <= now) return new Problem('room-closed');
    if (gifts >= room.maxGifts || bytes + size > room.maxBytes) return new Problem('room-full');
    gifts += 1;
    bytes += size;
    return undefined;
  };
}

const timesOf = cachedQuery((db, { id }: { id: number }) =>
  db.selectFrom('room').select(['closes_at', 'ended_at']).where('id', '=', id),
);
