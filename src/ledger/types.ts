/** The facts that go in and out of a ledger, and the states of its rows. */
import type { FileKind, Thanks } from '../contract/vocabulary.ts';
import type { GiftOrigin } from './limit-types.ts';
import type { RoomOfGift, Seat, TicketEndReason } from './seat-types.ts';
import type { Statement } from './statement-types.ts';

export type GiftState = 'pooled' | 'leased' | 'delivered' | 'quarantined' | 'withdrawn' | 'expired';

/** `ready`: a gift is held for it; `drawn`: a delivery is under way; `spent`: the delivery has arrived. */
export type TicketRowState = 'open' | 'waiting' | 'ready' | 'drawn' | 'spent' | 'withdrawn' | 'expired';

/** `held`: kept for a ticket that has not fetched it yet; `open`: under lease; the rest are over. */
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
  /** When it ends by its giver's choice, if not before; null without one. */
  readonly expiresAt: number | null;
}

/** When the spans of time that begin now will end, in milliseconds since 1970; the exchange derives them from the settings. */
export interface Deadlines {
  readonly now: number;
  /** The end of a lease that begins now. */
  readonly leaseUntil: number;
  /** By how much renewals can delay that end, in milliseconds for each byte of the gift; null for no limit. */
  readonly renewalPerByte: number | null;
  /** The end of a hold that begins now. */
  readonly holdUntil: number;
  /** Until when a ticket earned now is good. */
  readonly ticketUntil: number;
  /** When the bytes of a gift that arrives now may go. */
  readonly removeAt: number;
  /** When the rows of what ends now may go. */
  readonly purgeAt: number;
  /** How long a report made now keeps the bytes. */
  readonly keepUntil: number;
}

/** How far a delivery is: `complete` if all bytes were sent and a response ended well, `over` if the gift is not theirs any more. */
export type DeliveryProgress = 'partial' | 'complete' | 'final' | 'over';
/** How a response stands: `running`, `cut` before its end, or `ended` well. */
export type ResponseProgress = 'running' | 'cut' | 'ended';

/** A change of a ticket, for those that wait for it. */
export interface TicketNotice {
  readonly ticketId: number;
  readonly event: 'ready' | 'landed' | 'withdrawn' | 'expired' | 'removed' | 'reopened' | 'thanked' | 'shortened';
}

/** A gift as it was given, whatever has become of it since. */
export interface GivenGift extends Omit<GiftFacts, 'id' | 'state'> {
  readonly giver: string;
}

export interface NewGift extends Omit<GivenGift, 'givenAt' | 'expiresAt'> {
  /** When it and its ticket end by the giver's choice; null or left out without one. */
  readonly expiresAt?: number | null;
  readonly pool: string;
  readonly checks: Uint8Array;
  /** The hash of the ticket it earns, or null for a plain gift. */
  readonly ticketHash: string | null;
  /** The kinds that the ticket draws; null or left out for any. */
  readonly wish?: readonly FileKind[] | null;
  /** The pool takes no more bytes than this. */
  readonly maxPoolBytes: number;
  /** The room whose pool it enters; left out for the public pool. */
  readonly room?: RoomOfGift | undefined;
  /** Random bytes in hex for its seat in a round, which only its giver is told. */
  readonly salt?: string | undefined;
  /** Left out where limits are off: the gift then enters the main tier. */
  readonly origin?: GiftOrigin | undefined;
}

export interface GiveResult {
  readonly ticketId: number | null;
  /** The gift that earned the ticket: an earlier one when the ticket exists, and then nothing new is pooled. */
  readonly gift: GivenGift;
  readonly notices: readonly TicketNotice[];
  /** The seat in a round that it took; left out elsewhere. */
  readonly seat?: Seat | undefined;
  /** How many more gifts today's budgets let into the main tier; left out without an origin, and for an earlier gift. */
  readonly budgetLeft?: number | undefined;
}

/** The kinds that a draw may take: a list, `like-given` for the kind of the gift that earned the ticket, or null for any. */
export type Wish = readonly FileKind[] | 'like-given' | null;

/** A draw with a ticket; `nonce` made `secretHash`, unless the ticket has a delivery already. */
export interface TicketDraw {
  readonly ticketHash: string;
  readonly nonce: string;
  readonly secretHash: string;
  /** The ticket's new wish; left out, it keeps the one it has. */
  readonly wish?: Wish;
}

/** A draw without a ticket: free gifts only, and never those of `giver`. */
export interface FreeDraw {
  readonly pool: string;
  readonly giver: string | null;
  readonly secretHash: string;
  /** The kinds to draw; null or left out for any. */
  readonly kinds?: readonly FileKind[] | null;
}

export interface DeliveryFacts {
  readonly id: number;
  readonly state: DeliveryState;
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly leaseUntil: number;
  /** When the lease ends at the latest; null for no limit. */
  readonly leaseLimit: number | null;
  readonly arrived: readonly ByteRange[];
  readonly gift: GiftFacts & { readonly checks: Uint8Array };
  /** False once the bytes have gone, or may go at any moment. */
  readonly readable: boolean;
}

/** A delivery whose last byte a process has sent. The key tells it from a delivery of another ledger with the same id. */
export interface NotedArrival {
  readonly id: number;
  readonly key: string;
}

/** The result of a draw; `waiting`: the ticket waits for a gift. The notices are of other tickets, if a changed wish served one. */
export type DrawResult = (
  | { readonly outcome: 'drawn'; readonly delivery: DeliveryFacts }
  | { readonly outcome: 'waiting' | 'empty'; readonly ticketId: number | null }
) & { readonly notices?: readonly TicketNotice[] };

export interface TicketFacts {
  readonly id: number;
  readonly state: TicketRowState;
  readonly expiresAt: number;
  /** The kinds it draws; null for any. */
  readonly wish: readonly FileKind[] | null;
  /** The hash of the giver who earned it. */
  readonly giver: string;
  readonly gift: GiftFacts;
  /** The receiver's thanks, if any. */
  readonly thanks: Thanks | null;
  /** Why its gift is kept from everyone; null while it is not. */
  readonly statement: Statement | null;
  /** Why it or its gift was ended by another than its giver; null otherwise. */
  readonly endReason: TicketEndReason | null;
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
    /** How many of the gifts open tickets are owed by kind. */
    readonly owed: number;
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

/** The secret behind idempotency keys. */
export interface KeySecret {
  readonly secret: string;
  /** When the ledger got it; 0 if there was no ticket before. */
  readonly since: number;
}

/** How many rows there are in each state, and whether the ledger's own rules hold; for `doctor`, tests and metrics. */
export interface Audit {
  readonly gifts: Readonly<Partial<Record<GiftState, number>>>;
  readonly tickets: Readonly<Partial<Record<TicketRowState, number>>>;
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Broken rules as sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** A file that the ledger expects in the vault. Sizes are in bytes; that of its checks tells an encrypted file. */
export interface ExpectedFile {
  readonly givenAt: number;
  readonly size: number;
  readonly checksSize: number;
  /** True if a receiver may still get the bytes. Others may be removed, or are already. */
  readonly isNeeded: boolean;
}

/** All that a pool keeps: also gifts that are on their way, and those that have ended. */
export interface KeptFigures {
  /** How many gifts have a row. */
  readonly gifts: number;
  /** The size of all bytes that are not removed. */
  readonly bytes: number;
}

/** A gift whose bytes are needed, with the facts to verify them. */
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

/** A position in the queue of waiting tickets (keyset pagination). */
export interface QueueCursor {
  readonly pool: number;
  readonly ticket: number;
}

/** The vault that a ledger speaks of. `isBound`: it has been given that id; before, it only shall be. */
export interface VaultBinding {
  readonly id: string;
  readonly isBound: boolean;
}

/** The result of a periodic job's last run. */
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
  /** Of them the waiting ones, up to `maxCountedWaiting`. */
  readonly waitingTickets: number;
  readonly totals: Readonly<Record<Total, number>>;
}

export const maxCountedWaiting = 10_000;

/** Totals that only grow. */
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
 * The counters of a pool. `open_tickets`: open or waiting, each owed one pooled gift; `owed/…`: those owed one of that kind.
 *
 * `redelivered_total`: released gifts that may have arrived. `quarantined_total`: gifts damaged or withheld; as many tickets
 * may lack a gift that backs them.
 */
export type CounterName =
  | 'open_tickets'
  | `${Total}_total`
  | `gifts/${FileKind}`
  | `bytes/${FileKind}`
  | `owed/${FileKind}`
  | `extension/${string}`
  | 'kept/gifts'
  | 'kept/bytes';
