import { Problem } from '../../contract/problems/problem.ts';
import type { NewRoom, NewRound, RoomFacts } from '../room-types.ts';
import type { Db } from '../schema/tables.ts';
import { poolOfRoom, roomColumns, roomFacts } from './room-rows.ts';
import { readRound } from './round-rows.ts';

/** See `RoomLedger.createRoom`. Needs an exclusive transaction, so that the rooms can be counted. */
export async function insertRoom(db: Db, room: NewRoom, maxRooms: number): Promise<RoomFacts> {
  const { count } = await db
    .selectFrom('room')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count >= maxRooms) throw new Problem('too-many-rooms');
  const pool = await db
    .insertInto('pool')
    .values({ name: poolOfRoom(room.codeHash), slots: 0 })
    .returning(['id', 'name'])
    .executeTakeFirstOrThrow();
  const row = await db
    .insertInto('room')
    .values({
      pool_id: pool.id,
      code_hash: room.codeHash,
      host_hash: room.hostHash,
      name: room.name,
      mode: room.mode,
      kinds: room.kinds && JSON.stringify(room.kinds),
      max_file_size: room.maxFileSize,
      created_at: room.createdAt,
      closes_at: room.closesAt,
      ended_at: null,
      end_reason: null,
    })
    .returning(roomColumns)
    .executeTakeFirstOrThrow();
  if (room.round) await insertRound(db, row.id, room.round);
  return roomFacts({ ...row, pool: pool.name }, await readRound(db, row.id));
}

async function insertRound(db: Db, roomId: number, { seed, minSeats, maxSeats }: NewRound): Promise<void> {
  await db
    .insertInto('round')
    .values({ room_id: roomId, state: 'open', seed, min_seats: minSeats, max_seats: maxSeats, fetch_until: null })
    .execute();
}
