import type { Generated, Selectable } from 'kysely';
import type { RoomMode } from '../../contract/vocabulary.ts';

/** A room: a pool for those who have its code. */
export interface RoomTable {
  id: Generated<number>;
  pool_id: number;
  code_hash: string;
  host_hash: string;
  name: string;
  mode: RoomMode;
  /** The kinds that it takes, as JSON; null for any. */
  kinds: string | null;
  max_file_size: number;
  created_at: number;
  /** When it takes no more gifts. */
  closes_at: number;
  /** When its host ended it; null before. */
  ended_at: number | null;
}

export type RoomRow = Selectable<RoomTable>;
