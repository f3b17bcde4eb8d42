/** The facts about a gift in a room that the other facts of a ledger have parts of. */

/** The room that a gift enters, and what it holds at most, counted with what has left it and is not forgotten yet. */
export interface RoomOfGift {
  readonly id: number;
  readonly maxGifts: number;
  readonly maxBytes: number;
}

/** A seat in a round, as its giver knows it. */
export interface Seat {
  readonly number: number;
  readonly salt: string;
}

/** `room-ended`: by the host of its room; `too-few-seats`: no draw was possible; `round-over`: it was not fetched in time. */
export type TicketEndReason = 'room-ended' | 'too-few-seats' | 'round-over';
