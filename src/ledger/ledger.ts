/** Who holds what: the ledger as the exchange sees it. Every verb is one whole transaction, with plain data in and out. */
import type { Kind } from '../contract/file-kinds.ts';
import type { ReportReason } from '../contract/report-reasons.ts';
import type { Thanks } from '../contract/thanks.ts';
import type { ByteRange } from './matching/byte-ranges.ts';
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
    readonly kind: Kind;
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

export interface Ledger {
  /**
   * Puts a gift into the pool, or into the hands of the oldest waiting ticket that may have it, once for each ticket.
   * `storage-full` when the pool is.
   */
  give(gift: NewGift, deadlines: Deadlines): Promise<GiveResult>;
  /** Whether a gift with this key was ever pooled; answers a commit whose outcome is unknown. */
  hasGift(key: string): Promise<boolean>;
  /** One draw for a ticket, or the delivery it has already. Throws `ticket-unknown`, `-spent`, `-withdrawn`, `-expired`. */
  drawForTicket(draw: TicketDraw, deadlines: Deadlines): Promise<DrawResult>;
  /** One draw without a ticket. */
  drawFree(draw: FreeDraw, deadlines: Deadlines): Promise<DrawResult>;
  findDelivery(secretHash: string): Promise<DeliveryFacts | undefined>;
  /**
   * Lengthens a lease and notes a part that was sent, and with `isEnd` that its answer came to a good end; says how far the
   * delivery has come.
   */
  renewLease(
    id: number,
    sent: ByteRange,
    deadlines: Deadlines,
    isEnd?: boolean,
  ): Promise<DeliveryProgress>;
  /**
   * Notes that somebody else will send the bytes, and lengthens the lease: when it ends, the delivery is final. False when
   * the delivery is over.
   */
  noteOffloaded(id: number, deadlines: Deadlines): Promise<boolean>;
  /** Makes an open delivery final; undefined when it is neither open nor final. */
  complete(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[] | undefined>;
  /** Notes that a process begins: of what is under way at this moment, another may have sent all and not lived to say so. */
  markInterrupted(): Promise<void>;
  /**
   * Takes a completion back because the connection turned out to be broken, if the bytes are still there, and no other
   * answer came to a good end: who was cut off and resumed has it.
   */
  reopen(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  /** Quarantines the gift of a delivery whose bytes were not what was given; its ticket is good again. */
  quarantine(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  /** Notes what the receiver says to the giver; undefined when the delivery is neither open nor final. */
  thank(id: number, thanks: Thanks): Promise<readonly TicketNotice[] | undefined>;
  /**
   * Reports the gift of a delivery that is open, final or lapsed, and takes it out of circulation; undefined when it is
   * none of these. Another report of the same delivery replaces the first.
   */
  report(
    id: number,
    complaint: ReportDetails,
    deadlines: Deadlines,
  ): Promise<ReportResult | undefined>;
  findTicket(hash: string): Promise<TicketFacts | undefined>;
  /** Takes a gift back together with its ticket. Throws `ticket-unknown`, `gift-drawn`, `draw-made`. */
  withdraw(hash: string, deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  stats(pool: string, now: number): Promise<PoolFigures>;
  /** For metrics: costs the same however many gifts there are. */
  metrics(): Promise<LedgerMetrics>;

  /** Returns to the pool what ran out of its lease, but makes final what was handed over; at most `limit` of it. */
  expireLeases(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** Ends tickets past their time, and free gifts given before `giftsBefore`; at most `limit` of each. */
  expire(deadlines: Deadlines, giftsBefore: number, limit: number): Promise<SweepResult>;
  /** Gifts whose bytes may go by `now`. */
  removable(
    now: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly key: string }[]>;
  /** Notes that bytes are gone. */
  markRemoved(ids: readonly number[]): Promise<void>;
  /** Deletes rows nobody can ask for any more; says how many. */
  purge(now: number, limit: number): Promise<number>;
  /** Gives a pool fewer slots when hardly any are taken, a step at a time; says how much was done, 0 at the end. */
  compactSlots(): Promise<number>;
  /** Serves who waits although there is something for them: at most `limit` tickets in line behind `from`. */
  serveOverlooked(
    deadlines: Deadlines,
    from: QueueCursor,
    limit: number,
  ): Promise<SweepResult & { readonly next: QueueCursor | undefined }>;
  /** Whether something that is done by one process for all, `every` so many milliseconds, is now for us to do. */
  claimJob(name: string, now: number, every: number): Promise<boolean>;
  /** Notes what came of it. */
  saveJobState(name: string, note: JobState): Promise<void>;
  /** What came of it last, at whichever process; undefined while it was never done to its end. */
  findJobState(name: string): Promise<JobState | undefined>;
  /** The vault this ledger speaks of: the one proposed, when it speaks of none yet. */
  proposeVault(proposal: string): Promise<VaultBinding>;
  /** Notes that this ledger's vault has been given this id. */
  saveVaultId(id: string): Promise<void>;
  /** Adds to what addresses spent in this minute, each at most once; answers what each spent in it at all processes. */
  recordUsage(now: number, spendings: readonly RateUsage[]): Promise<readonly RateUsage[]>;
  /** The secret of the day that addresses are hashed with: the proposal of whoever asks first. */
  addressHashKey(now: number, proposal: string): Promise<string>;
  /** When the next lease ends, or undefined when none is running. */
  nextLeaseEnd(): Promise<number | undefined>;
  /** The keys of one shard whose bytes may be in the vault. */
  keysOfShard(shard: string): Promise<ReadonlyMap<string, ExpectedFile>>;
  /** Takes gifts out of circulation whose bytes are gone. */
  quarantineMissing(keys: readonly string[], deadlines: Deadlines): Promise<SweepResult>;
  audit(): Promise<Audit>;
  /** The time by the clock that all who share the ledger go by, in milliseconds since 1970. */
  time(): Promise<number>;
  /** Throws when commits can no longer be trusted, so that readiness turns false (R6). */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A ledger that was found and not made, for who looks after it (`doctor`). */
export interface ExistingLedger extends Ledger {
  /** The id of the vault that it speaks of; undefined when no service has agreed on one yet. */
  findVaultId(): Promise<string | undefined>;
  /** What the database itself finds wrong with its files, as sentences. */
  integrity(): Promise<readonly string[]>;
  /** The next gifts behind an id whose bytes somebody is still to have; none at the end. */
  neededGifts(after: number): Promise<readonly NeededGift[]>;
  /** Takes gifts out of circulation whose bytes are wrong; these stay for a while, for whoever wants to know what happened. */
  quarantineDamaged(keys: readonly string[], deadlines: Deadlines): Promise<SweepResult>;
  /** Makes the counters equal what they count. */
  repairCounters(): Promise<readonly CounterRepair[]>;
}
