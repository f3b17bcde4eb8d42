/** The facts that go in and out of a ledger, and the states of its rows. */
import type { FileKind, ReportReason, Thanks } from '../contract/vocabulary.ts';

export type GiftState = 'pooled' | 'leased' | 'delivered' | 'quarantined' | 'withdrawn' | 'expired';

/** `ready`: a gift is held for it; `drawn`: a delivery is under way; `spent`: the delivery has arrived. */
export type TicketRowState =
  | 'open'
  | 'waiting'
  | 'ready'
  | 'drawn'
  | 'spent'
  | 'withdrawn'
  | 'expired';

/** `held`: kept for a waiting ticket that has not come yet; `open`: under lease; the rest are over. */
export type DeliveryState = 'held' | 'open' | 'received' | 'lapsed' | 'damaged';

/** A part of a file: start inclusive, end exclusive, in bytes. */
export type ByteRange = readonly [start: number, end: number];

export interface GiftFacts {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly extension: string;
  readonly kind: FileKind;
  readonly mimeType: string;
  readonly size: number;
  readonly sha256: string;
  readonly state: GiftState;
  readonly givenAt: number;
}

/** When the spans of time that begin now will end, in milliseconds since 1970; the exchange derives them from the settings. */
export interface Deadlines {
  readonly now: number;
  /** The end of a lease that begins now. */
  readonly leaseUntil: number;
  /** Until when a gift is held for a waiting ticket whose turn has come. */
  readonly holdUntil: number;
  /** Until when a ticket earned now is good. */
  readonly ticketUntil: number;
  /** When the bytes of a gift that arrives now may go. */
  readonly removeAt: number;
  /** When the rows of what ends now may go. */
  readonly purgeAt: number;
  /** Until when the bytes of a gift that is reported now are kept at least. */
  readonly keepUntil: number;
}

/**
 * `complete`: every part was sent and an answer came to a good end, so that it can be made final. `final`: it is. `over`: its
 * gift is not, or no longer, this receiver's.
 */
export type DeliveryProgress = 'partial' | 'complete' | 'final' | 'over';

/** Which part of the world a change concerns, so that who waits for it can be told. */
export interface TicketNotice {
  readonly ticketId: number;
  readonly event: 'ready' | 'landed' | 'withdrawn' | 'expired' | 'removed' | 'reopened' | 'thanked';
}

/** A gift as it was given, whatever has become of it since. */
export interface GivenGift extends Omit<GiftFacts, 'id' | 'state'> {
  readonly giver: string;
}

export interface NewGift extends Omit<GivenGift, 'givenAt'> {
  readonly pool: string;
  readonly checks: Uint8Array;
  /** The hash of the ticket it earns, or null for a plain gift. */
  readonly ticketHash: string | null;
  /** The pool takes no more bytes than this. */
  readonly maxPoolBytes: number;
}

export interface GiveResult {
  readonly ticketId: number | null;
  /** What earned the ticket: an earlier gift when the ticket was there already, and then nothing was put anywhere. */
  readonly gift: GivenGift;
  readonly notices: readonly TicketNotice[];
}

/** A draw with a ticket; `nonce` made `secretHash`, unless the ticket has a delivery already. */
export interface TicketDraw {
  readonly ticketHash: string;
  readonly nonce: string;
  readonly secretHash: string;
}

/** A draw without a ticket: free gifts only, and never those of `giver`. */
export interface FreeDraw {
  readonly pool: string;
  readonly giver: string | null;
  readonly secretHash: string;
}

export interface DeliveryFacts {
  readonly id: number;
  readonly state: DeliveryState;
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly leaseUntil: number;
  readonly arrived: readonly ByteRange[];
  readonly gift: GiftFacts & { readonly checks: Uint8Array };
  /** False once the bytes have gone, or may go at any moment. */
  readonly readable: boolean;
}

/** What a draw came to; `waiting`: the ticket waits, and its turn will come. */
export type DrawResult =
  | { readonly outcome: 'drawn'; readonly delivery: DeliveryFacts }
  | { readonly outcome: 'waiting' | 'empty'; readonly ticketId: number | null };

export interface TicketFacts {
  readonly id: number;
  readonly state: TicketRowState;
  readonly expiresAt: number;
  readonly gift: GiftFacts;
  /** What the gift's receiver said, if anything. */
  readonly thanks: Thanks | null;
}

/** What a receiver says is wrong with a gift. */
export interface ReportDetails {
  readonly reason: ReportReason;
  readonly note: string | null;
}

export interface ReportResult {
  readonly reportId: number;
  /** The gift as it is now that it is reported. */
  readonly gift: GiftFacts;
  readonly notices: readonly TicketNotice[];
}

export interface PoolFigures {
  readonly gifts: number;
  readonly bytes: number;
  readonly openTickets: number;
  readonly givenTotal: number;
  readonly deliveredTotal: number;
  readonly kinds: readonly {
    readonly kind: FileKind;
    readonly gifts: number;
    readonly bytes: number;
  }[];
  readonly extensions: readonly string[];
  /** The last hours, oldest first, up to the current one. */
  readonly hours: readonly HourCounts[];
}

export interface HourCounts {
  /** Its first millisecond. */
  readonly start: number;
  readonly given: number;
  readonly delivered: number;
}

/** How many rows there are in each state, and whether the ledger's own rules hold; for `doctor`, tests and metrics. */
export interface Audit {
  readonly gifts: Readonly<Partial<Record<GiftState, number>>>;
  readonly tickets: Readonly<Partial<Record<TicketRowState, number>>>;
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Broken rules as sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** What the ledger knows of bytes in the vault. */
export interface ExpectedFile {
  readonly givenAt: number;
  readonly size: number;
  /** Somebody is still to have them; the others may go, or have gone already. */
  readonly isNeeded: boolean;
}

/** What bytes that somebody is still to have must be. */
export interface NeededGift {
  readonly id: number;
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  readonly checks: Uint8Array;
}

/** A counter that disagreed with what it counts, and by how much it was changed. */
export interface CounterRepair {
  readonly counter: string;
  readonly change: number;
}

export interface SweepResult {
  readonly count: number;
  readonly notices: readonly TicketNotice[];
}

/** A place in the line of those who wait. */
export interface QueueCursor {
  readonly pool: number;
  readonly ticket: number;
}

/** What an address, of which only a hash is known, spent of a limit. */
export interface RateUsage {
  readonly address: string;
  readonly purpose: string;
  readonly spent: number;
}

/** The vault that a ledger speaks of. `isBound`: it has been given that id; before, it only shall be. */
export interface VaultBinding {
  readonly id: string;
  readonly isBound: boolean;
}

/** What came of something that one process does for all, when it was last done. */
export interface JobState {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly found: Readonly<Record<string, number>>;
}

/** How things stand in all pools together, and how often what has happened since they were opened. */
export interface LedgerMetrics {
  readonly gifts: number;
  readonly bytes: number;
  /** Gifts that are neither in a pool nor at their end. */
  readonly leased: number;
  readonly openTickets: number;
  /** Of them; no more than `mostWaiting` are counted. */
  readonly waitingTickets: number;
  readonly totals: Readonly<Record<Total, number>>;
}

export const maxCountedWaiting = 10_000;

/** What is counted and never taken back. */
export type Total =
  | 'given'
  | 'delivered'
  | 'reopened'
  | 'released'
  | 'redelivered'
  | 'handed_over'
  | 'quarantined'
  | 'withdrawn'
  | 'expired';

/**
 * `open_tickets`: open or waiting, each owed one pooled gift. `delivered_total`: without what was `reopened`.
 * `quarantined_total`: gifts that were damaged in our keeping, or reported: as many tickets may be without a gift to back them.
 * `released_total`: deliveries that came to nothing; `redelivered_total`: those of them that may have arrived all the same.
 * The last three are of the gifts in the pool.
 */
export type CounterName =
  | 'open_tickets'
  | `${Total}_total`
  | `gifts/${FileKind}`
  | `bytes/${FileKind}`
  | `extension/${string}`;
