/** Who holds what: the ledger as the exchange sees it. Every verb is one whole transaction, with plain data in and out. */
import type { Kind } from '../contract/file-kinds.ts';
import type { ReportReason } from '../contract/report-reasons.ts';
import type { Thanks } from '../contract/thanks.ts';
import type { Part } from './matching/byte-ranges.ts';
import type { DeliveryState, GiftState, TicketRowState } from './schema/tables.ts';

export interface GiftFacts {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly extension: string;
  readonly kind: Kind;
  readonly mimeType: string;
  readonly size: number;
  readonly sha256: string;
  readonly state: GiftState;
  readonly givenAt: number;
}

/** When the spans of time that begin now will end, in milliseconds since 1970; the exchange derives them from the settings. */
export interface Terms {
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
export type Progressed = 'partial' | 'complete' | 'final' | 'over';

/** Which part of the world a change concerns, so that who waits for it can be told. */
export interface Notice {
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

export interface Pooled {
  readonly ticketId: number | null;
  /** What earned the ticket: an earlier gift when the ticket was there already, and then nothing was put anywhere. */
  readonly gift: GivenGift;
  readonly notices: readonly Notice[];
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

export interface Delivery {
  readonly id: number;
  readonly state: DeliveryState;
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly leaseUntil: number;
  readonly arrived: readonly Part[];
  readonly gift: GiftFacts & { readonly checks: Uint8Array };
  /** False once the bytes have gone, or may go at any moment. */
  readonly readable: boolean;
}

/** What a draw came to; `waiting`: the ticket waits, and its turn will come. */
export type Drawn =
  | { readonly outcome: 'drawn'; readonly delivery: Delivery }
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
export interface Complaint {
  readonly reason: ReportReason;
  readonly note: string | null;
}

export interface Reported {
  readonly reportId: number;
  /** The gift as it is now that it is reported. */
  readonly gift: GiftFacts;
  readonly notices: readonly Notice[];
}

export interface Stats {
  readonly gifts: number;
  readonly bytes: number;
  readonly openTickets: number;
  readonly givenTotal: number;
  readonly deliveredTotal: number;
  readonly kinds: readonly {
    readonly kind: Kind;
    readonly gifts: number;
    readonly bytes: number;
  }[];
  readonly extensions: readonly string[];
  /** The last hours, oldest first, up to the current one. */
  readonly hours: readonly HourFacts[];
}

export interface HourFacts {
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
export interface Expected {
  readonly givenAt: number;
  readonly size: number;
  /** Somebody is still to have them; the others may go, or have gone already. */
  readonly isNeeded: boolean;
}

/** What bytes that somebody is still to have must be. */
export interface Promised {
  readonly id: number;
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  readonly checks: Uint8Array;
}

/** A counter that disagreed with what it counts, and by how much it was changed. */
export interface Recounted {
  readonly counter: string;
  readonly change: number;
}

export interface Swept {
  readonly count: number;
  readonly notices: readonly Notice[];
}

/** A place in the line of those who wait. */
export interface Line {
  readonly pool: number;
  readonly ticket: number;
}

/** What an address, of which only a hash is known, spent of a limit. */
export interface Spending {
  readonly address: string;
  readonly purpose: string;
  readonly spent: number;
}

/** The vault that a ledger speaks of. `isNamed`: it has been given that id; before, it only shall be. */
export interface KnownVault {
  readonly id: string;
  readonly isNamed: boolean;
}

/** What came of something that one process does for all, when it was last done. */
export interface ChoreNote {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly found: Readonly<Record<string, number>>;
}

/** How things stand in all pools together, and how often what has happened since they were opened. */
export interface Figures {
  readonly gifts: number;
  readonly bytes: number;
  /** Gifts that are neither in a pool nor at their end. */
  readonly leased: number;
  readonly openTickets: number;
  /** Of them; no more than `mostWaiting` are counted. */
  readonly waitingTickets: number;
  readonly totals: Readonly<Record<Total, number>>;
}

export const mostWaiting = 10_000;

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

export interface Ledger {
  /**
   * Puts a gift into the pool, or into the hands of the oldest waiting ticket that may have it, once for each ticket.
   * `storage-full` when the pool is.
   */
  poolGift(gift: NewGift, terms: Terms): Promise<Pooled>;
  /** Whether a gift with this key was ever pooled; answers a commit whose outcome is unknown. */
  knowsGift(key: string): Promise<boolean>;
  /** One draw for a ticket, or the delivery it has already. Throws `ticket-unknown`, `-spent`, `-withdrawn`, `-expired`. */
  drawForTicket(draw: TicketDraw, terms: Terms): Promise<Drawn>;
  /** One draw without a ticket. */
  drawFree(draw: FreeDraw, terms: Terms): Promise<Drawn>;
  findDelivery(secretHash: string): Promise<Delivery | undefined>;
  /**
   * Lengthens a lease and notes a part that was sent, and with `isEnd` that its answer came to a good end; says how far the
   * delivery has come.
   */
  renew(id: number, sent: Part, terms: Terms, isEnd?: boolean): Promise<Progressed>;
  /**
   * Notes that somebody else will send the bytes, and lengthens the lease: when it ends, the delivery is final. False when
   * the delivery is over.
   */
  handOver(id: number, terms: Terms): Promise<boolean>;
  /** Makes an open delivery final; undefined when it is neither open nor final. */
  finish(id: number, terms: Terms): Promise<readonly Notice[] | undefined>;
  /** Notes that a process begins: of what is under way at this moment, another may have sent all and not lived to say so. */
  noteRestart(): Promise<void>;
  /**
   * Takes a completion back because the connection turned out to be broken, if the bytes are still there, and no other
   * answer came to a good end: who was cut off and resumed has it.
   */
  reopen(id: number, terms: Terms): Promise<readonly Notice[]>;
  /** Quarantines the gift of a delivery whose bytes were not what was given; its ticket is good again. */
  quarantine(id: number, terms: Terms): Promise<readonly Notice[]>;
  /** Notes what the receiver says to the giver; undefined when the delivery is neither open nor final. */
  thank(id: number, thanks: Thanks): Promise<readonly Notice[] | undefined>;
  /**
   * Reports the gift of a delivery that is open, final or lapsed, and takes it out of circulation; undefined when it is
   * none of these. Another report of the same delivery replaces the first.
   */
  report(id: number, complaint: Complaint, terms: Terms): Promise<Reported | undefined>;
  findTicket(hash: string): Promise<TicketFacts | undefined>;
  /** Takes a gift back together with its ticket. Throws `ticket-unknown`, `gift-drawn`, `draw-made`. */
  withdraw(hash: string, terms: Terms): Promise<readonly Notice[]>;
  stats(pool: string, now: number): Promise<Stats>;
  /** For metrics: costs the same however many gifts there are. */
  figures(): Promise<Figures>;

  /** Returns to the pool what ran out of its lease, but makes final what was handed over; at most `limit` of it. */
  lapse(terms: Terms, limit: number): Promise<Swept>;
  /** Ends tickets past their time, and free gifts given before `giftsBefore`; at most `limit` of each. */
  expire(terms: Terms, giftsBefore: number, limit: number): Promise<Swept>;
  /** Gifts whose bytes may go by `now`. */
  removable(
    now: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly key: string }[]>;
  /** Notes that bytes are gone. */
  removed(ids: readonly number[]): Promise<void>;
  /** Deletes rows nobody can ask for any more; says how many. */
  purge(now: number, limit: number): Promise<number>;
  /** Gives a pool fewer slots when hardly any are taken, a step at a time; says how much was done, 0 at the end. */
  shrink(): Promise<number>;
  /** Serves who waits although there is something for them: at most `limit` tickets in line behind `from`. */
  serveWaiting(
    terms: Terms,
    from: Line,
    limit: number,
  ): Promise<Swept & { readonly next: Line | undefined }>;
  /** Whether something that is done by one process for all, `every` so many milliseconds, is now for us to do. */
  claimChore(name: string, now: number, every: number): Promise<boolean>;
  /** Notes what came of it. */
  noteChore(name: string, note: ChoreNote): Promise<void>;
  /** What came of it last, at whichever process; undefined while it was never done to its end. */
  findChoreNote(name: string): Promise<ChoreNote | undefined>;
  /** The vault this ledger speaks of: the one proposed, when it speaks of none yet. */
  knownVault(proposal: string): Promise<KnownVault>;
  /** Notes that this ledger's vault has been given this id. */
  noteVault(id: string): Promise<void>;
  /** Adds to what addresses spent in this minute, each at most once; answers what each spent in it at all processes. */
  spend(now: number, spendings: readonly Spending[]): Promise<readonly Spending[]>;
  /** The secret of the day that addresses are hashed with: the proposal of whoever asks first. */
  addressKey(now: number, proposal: string): Promise<string>;
  /** When the next lease ends, or undefined when none is running. */
  nextLapse(): Promise<number | undefined>;
  /** The keys of one shard whose bytes may be in the vault. */
  keysOfShard(shard: string): Promise<ReadonlyMap<string, Expected>>;
  /** Takes gifts out of circulation whose bytes are gone. */
  quarantineMissing(keys: readonly string[], terms: Terms): Promise<Swept>;
  audit(): Promise<Audit>;
  /** The time by the clock that all who share the ledger go by, in milliseconds since 1970. */
  time(): Promise<number>;
  /** Throws when commits can no longer be trusted, so that readiness turns false (R6). */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A ledger that was found and not made, for who looks after it (`doctor`). */
export interface FoundLedger extends Ledger {
  /** The id of the vault that it speaks of; undefined when no service has agreed on one yet. */
  namedVault(): Promise<string | undefined>;
  /** What the database itself finds wrong with its files, as sentences. */
  integrity(): Promise<readonly string[]>;
  /** The next gifts behind an id whose bytes somebody is still to have; none at the end. */
  promised(after: number): Promise<readonly Promised[]>;
  /** Takes gifts out of circulation whose bytes are wrong; these stay for a while, for whoever wants to know what happened. */
  quarantineDamaged(keys: readonly string[], terms: Terms): Promise<Swept>;
  /** Makes the counters equal what they count. */
  recount(): Promise<readonly Recounted[]>;
}
