import { Problem } from '../../contract/problems/problem.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, PoolRow } from '../schema/tables.ts';
import type { RoomOfGift } from '../seat-types.ts';
import { readKept } from '../stats/counters.ts';
import type { NewGift } from '../types.ts';
import { countSeats } from './round-rows.ts';

/** The entrance of a pool. */
export interface Door {
  /** The round in which each gift takes a seat. */
  readonly roundId: number | undefined;
  /** Refuses a gift that a room does not take, and counts one that it does. */
  refuse(gift: Pick<NewGift, 'size'>, now: number): Problem | undefined;
}

const openToAll: Door = { roundId: undefined, refuse: () => undefined };

/** Reads the state of a room for the gifts that are about to enter its pool. Without a room it takes any gift and reads nothing. */
export async function openDoor(db: Db, pool: PoolRow, room: RoomOfGift | undefined): Promise<Door> {
  if (!room) return openToAll;
  const [times] = await timesOf(db, { id: room.id });
  const round = times && times.mode !== 'open' ? await lockRoundOf(db, room.id) : undefined;
  let seats = round ? await countSeats(db, round.id) : 0;
  let { gifts, bytes } = await readKept(db, [pool.id]);
  const refuse: Door['refuse'] = ({ size }, now) => {
    const isClosed = !times || times.ended_at !== null || times.closes_at <= now || (round && round.state !== 'open');
    if (isClosed) return new Problem('room-closed');
    const isFull = gifts >= room.maxGifts || bytes + size > room.maxBytes || seats === round?.max_seats;
    if (isFull) return new Problem('room-full');
    gifts += 1;
    bytes += size;
    seats += 1;
    return undefined;
  };
  return { roundId: round?.id, refuse };
}

const timesOf = cachedQuery((db, { id }: { id: number }) =>
  db.selectFrom('room').select(['closes_at', 'ended_at', 'mode']).where('id', '=', id),
);

/** Locked until the transaction ends: seats are numbered one after another. */
const lockRoundOf = (db: Db, roomId: number) =>
  db
    .selectFrom('round')
    .select(['id', 'state', 'max_seats'])
    .where('room_id', '=', roomId)
    .forUpdate()
    .executeTakeFirst();
