/** The rows of rooms: reading them, and locking one for its host. */
import { Problem } from '../../contract/problems/problem.ts';
import type { RoomFacts, RoomHost, RoundFacts } from '../room-types.ts';
import type { RoomRow } from '../schema/room-table.ts';
import type { Db } from '../schema/tables.ts';
import { readRound } from './round-rows.ts';

export const roomColumns = [
  'room.id',
  'room.pool_id',
  'room.code_hash',
  'room.host_hash',
  'room.name',
  'room.mode',
  'room.kinds',
  'room.max_file_size',
  'room.created_at',
  'room.closes_at',
  'room.ended_at',
  'room.end_reason',
] as const;

type RoomWithPool = RoomRow & { readonly pool: string };

/** The name of the pool of a room. */
export const poolOfRoom = (codeHash: string): string => `room ${codeHash}`;

export const roomFacts = (row: RoomWithPool, round: RoundFacts | undefined): RoomFacts => ({
  id: row.id,
  pool: row.pool,
  name: row.name,
  mode: row.mode,
  kinds: row.kinds === null ? null : JSON.parse(row.kinds),
  maxFileSize: row.max_file_size,
  createdAt: row.created_at,
  closesAt: row.closes_at,
  endedAt: row.ended_at,
  round: round ?? null,
});

const roomByCode = (db: Db, codeHash: string) =>
  db
    .selectFrom('room')
    .innerJoin('pool', 'pool.id', 'room.pool_id')
    .select([...roomColumns, 'pool.name as pool'])
    .where('room.code_hash', '=', codeHash);

/** See `RoomLedger.findRoom`. */
export async function readRoom(db: Db, codeHash: string): Promise<RoomFacts | undefined> {
  const row = await roomByCode(db, codeHash).executeTakeFirst();
  if (!row) return undefined;
  return roomFacts(row, row.mode === 'open' ? undefined : await readRound(db, row.id));
}

/** Locks a room for its host until the transaction ends. Throws `room-unknown`, `host-needed`. */
export async function lockAsHost(db: Db, { codeHash, hostHash }: RoomHost): Promise<RoomWithPool> {
  const row = await roomByCode(db, codeHash).forUpdate('room').executeTakeFirst();
  if (!row) throw new Problem('room-unknown');
  if (row.host_hash !== hostHash) throw new Problem('host-needed');
  return row;
}
