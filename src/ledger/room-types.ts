/** The facts about rooms that go in and out of a ledger. Times are milliseconds since 1970. */
import type { FileKind, RoomMode } from '../contract/vocabulary.ts';
import type { Deadlines, SweepResult } from './types.ts';

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
}

export interface RoomFacts extends Omit<NewRoom, 'codeHash' | 'hostHash'> {
  readonly id: number;
  /** The name of its pool. */
  readonly pool: string;
  /** When its host ended it; null before. */
  readonly endedAt: number | null;
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
  /** Moves the deadline. Throws `room-closed` for a room that has ended. */
  moveDeadline(host: RoomHost, closesAt: number): Promise<RoomFacts>;
  /** Ends a room for good; `clearRooms` removes what is in it. */
  endRoom(host: RoomHost, now: number): Promise<void>;
  /** Withdraws open tickets, then pooled gifts, of rooms that have ended; at most `limit`. */
  clearRooms(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** Forgets at most `limit` rooms that closed before a time and have no rows of gifts any more; answers how many. */
  purgeRooms(closedBefore: number, limit: number): Promise<number>;
}
