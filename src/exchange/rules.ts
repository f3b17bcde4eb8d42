import type { OperatorPage } from '../contract/vocabulary.ts';

/** The operator's choices that the exchange depends on; times in milliseconds, sizes in bytes. */
export interface Rules {
  readonly maxFileSize: number;
  readonly poolMaxBytes: number;
  readonly poolMaxGifts: number;
  readonly freeSpaceFloor: number;
  /** The part of the room above the floor that the uploads of this process may reserve, since workers share a disk. */
  readonly processShare: number;
  readonly giftTtl: number;
  readonly ticketTtl: number;
  readonly lease: number;
  /** By how much renewals can delay the end of a lease, for each byte of its gift; null for no limit. */
  readonly renewalPerByte: number | null;
  readonly hold: number;
  readonly grace: number;
  readonly reportHold: number;
  /** How long the bytes of a removed gift are kept, and its giver may appeal. */
  readonly appealWindow: number;
  /** How long the ledger remembers which address reported, as a hash. */
  readonly retention: number;
  readonly freeDraws: boolean;
  /** Whether metadata is removed from gifts: never, if the giver asks, or from each. */
  readonly blind: 'off' | 'ask' | 'always';
  /** The pages that the operator has written. */
  readonly pages: readonly OperatorPage[];
  /** How many gifts a day enter the main tier by one address, giver or foreign page; null for any number. */
  readonly dailyGifts: number | null;
  /** Whether there are accounts, and whether nothing is given and drawn without one. */
  readonly accounts: 'off' | 'optional' | 'required';
  /** Null where there are no rooms. */
  readonly rooms: RoomRules | null;
}

/** How many rooms there are at most, and how much each of them holds. */
export interface RoomRules {
  readonly maxRooms: number;
  readonly maxGifts: number;
  readonly maxBytes: number;
}

/** The pool of everyone. Each room has another one. */
export const publicPool = 'public';
