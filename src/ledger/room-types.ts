/** The facts about rooms that go in and out of a ledger. Times are milliseconds since 1970. */
import type { FileKind, RoomMode } from '../contract/vocabulary.ts';
import type { Deadlines, SweepResult, TicketNotice } from './types.ts';

export interface NewRoom {
  readonly codeHash: string;
  readonly hostHash: string;
  readonly name: string;
  readonly mode: RoomMode;
  /** The kinds that it takes; null for any. */
  readonly kinds: readonly FileKind[] | null;
  /** In bytes. */
  readonly maxFileSize: number;
  readonly createdAt: number;
  /** When it takes no more gifts. */
  readonly closesAt: number;
  /** Null in the mode `open`. */
  readonly round: NewRound | null;
}

/** `sealed`: nothing changes any more, and the draw follows from its seats and its seed. */
export type RoundState = 'open' | 'sealed' | 'drawn';

/** The round of a new room. */
export interface NewRound {
  readonly seed: string;
  readonly minSeats: number;
  /** The round is full then; null for any number. */
  readonly maxSeats: number | null;
}

export interface RoundFacts extends Omit<NewRound, 'seed'> {
  readonly id: number;
  readonly state: RoundState;
  readonly seats: number;
  /** Until when what was drawn can be fetched; null before the draw. */
  readonly fetchUntil: number | null;
}

/** A round that is ready to be drawn: its seats in the order of their numbers. */
export interface SealedRound {
  readonly seed: string;
  readonly seats: readonly { readonly giver: string; readonly sha256: string }[];
}

/** Deadlines of a round that is closed now. */
export interface RoundEnds extends Deadlines {
  /** The deadline, if it is moved because of too few seats. */
  readonly extendedTo: number;
  /** Until when tickets are good if the deadline is moved. */
  readonly ticketsUntil: number;
  /** Until when what is drawn now can be fetched. */
  readonly fetchUntil: number;
}

export interface RoomFacts extends Omit<NewRoom, 'codeHash' | 'hostHash' | 'round'> {
  readonly id: number;
  /** The name of its pool. */
  readonly pool: string;
  /** When it ended for good; null before. */
  readonly endedAt: number | null;
  /** Null in the mode `open`. */
  readonly round: RoundFacts | null;
}

/** The host of a room, by the hashes of two secrets. */
export interface RoomHost {
  readonly codeHash: string;
  readonly hostHash: string;
}

/** The name of a room, which may be sealed, and the pool that it is bound to. */
export interface SealedRoom {
  readonly id: number;
  readonly pool: string;
  readonly name: string;
}

export interface ResealedRoom {
  readonly id: number;
  readonly from: string;
  readonly to: string;
}

/** The verbs of rooms and their hosts. Those of a host throw `room-unknown` and `host-needed`. */
export interface RoomLedger {
  /** Creates a room with its pool. Throws `too-many-rooms` if there are `maxRooms`. */
  createRoom(room: NewRoom, maxRooms: number): Promise<RoomFacts>;
  findRoom(codeHash: string): Promise<RoomFacts | undefined>;
  /**
   * Moves the deadline; in a round its tickets are good until `ticketsUntil` then. Throws `room-closed` for a room that has ended, or whose
   * round is sealed.
   */
  moveDeadline(host: RoomHost, closesAt: number, ticketsUntil?: number): Promise<RoomFacts>;
  /** The rounds that are to be closed, drawn or ended by `now`. */
  dueRounds(now: number): Promise<readonly number[]>;
  /**
   * Seals a round that is due or full; undefined unless it is sealed now. One with too few seats is extended once, and then its room
   * ends, as it does when the time to fetch is over.
   */
  sealRound(id: number, ends: RoundEnds): Promise<SealedRound | undefined>;
  /** Opens a sealed round again as `sealRound` does with too few seats: no draw is possible. */
  postponeRound(id: number, ends: RoundEnds): Promise<void>;
  /** Draws a sealed round: `receivers` has the index of the receiver of each seat's gift. Does nothing for one that is drawn. */
  drawRound(id: number, receivers: readonly number[], ends: RoundEnds): Promise<readonly TicketNotice[]>;
  /** Ends a room for good; `clearRooms` removes what is in it. */
  endRoom(host: RoomHost, now: number): Promise<void>;
  /** Withdraws open tickets, then pooled gifts, of rooms that have ended; at most `limit`. */
  clearRooms(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** Forgets at most `limit` rooms that closed before a time and have no rows of gifts any more; answers how many. */
  purgeRooms(closedBefore: number, limit: number): Promise<number>;
}
