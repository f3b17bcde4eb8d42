import type { Generated, Selectable } from 'kysely';
import type { RoomMode } from '../../contract/vocabulary.ts';
import type { RoundState } from '../room-types.ts';
import type { TicketEndReason } from '../seat-types.ts';

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
  /** When it ended for good; null before. */
  ended_at: number | null;
  /** Why it ended; null before. */
  end_reason: TicketEndReason | null;
}

/** The round of a room. */
export interface RoundTable {
  id: Generated<number>;
  room_id: number;
  /** In its room. Counts from 1. */
  number: Generated<number>;
  state: RoundState;
  /** 32 random bytes in hex, from which the draw follows. */
  seed: string;
  min_seats: number;
  max_seats: number | null;
  /** 1 once its deadline was moved because of too few seats. */
  extended: Generated<number>;
  /** Until when what was drawn can be fetched; null before the draw. */
  fetch_until: number | null;
}

/** A participant of a round: a ticket and its gift. */
export interface SeatTable {
  id: Generated<number>;
  round_id: number;
  /** Counts from 1; a number may be missing after a withdrawal. */
  number: number;
  ticket_id: number;
  gift_id: number;
  /** As in the ticket when the round was sealed. */
  giver: string;
  sha256: string;
  salt: string;
  /** The gift that the draw assigned to it; null before. */
  gets_gift: number | null;
}

export type RoomRow = Selectable<RoomTable>;
