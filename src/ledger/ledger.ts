/** The interface of the ledger, which stores all state. Each verb is one transaction, with plain data in and out. */
import type { Thanks } from '../contract/vocabulary.ts';
import type {
  AccountEntry,
  AccountSweep,
  AddedHistory,
  AuthCondition,
  AuthQuery,
  AuthRow,
  AuthTable,
  HistorySubject,
  SealedHistory,
} from './account-types.ts';
import type {
  AuditEntry,
  Ban,
  DeskDecision,
  ReportDetails,
  ReportResult,
  ReviewFacts,
  ReviewFile,
  ReviewQuery,
} from './desk-types.ts';
import type { RateUsage } from './limit-types.ts';
import type { ResealedRoom, RoomLedger, SealedRoom } from './room-types.ts';
import type { LedgerKey, ReplacedBytes, Resealed, ResealedReport, SealedGift, SealedReport } from './sealed-types.ts';
import type {
  Audit,
  ByteRange,
  CounterRepair,
  Deadlines,
  DeliveryFacts,
  DeliveryProgress,
  DrawResult,
  ExpectedFile,
  FreeDraw,
  GiveResult,
  JobState,
  KeptFigures,
  KeySecret,
  LedgerMetrics,
  NeededGift,
  NewGift,
  NotedArrival,
  PoolFigures,
  QueueCursor,
  ResponseProgress,
  SweepResult,
  TicketDraw,
  TicketFacts,
  TicketNotice,
  VaultBinding,
} from './types.ts';

/** The verbs that move gifts between givers, the pool and tickets. */
export interface ExchangeLedger {
  /**
   * Pools a gift, or holds it for the oldest waiting ticket that may have it. A ticket hash that exists already answers its
   * earlier gift. Throws `storage-full` when the pool is.
   */
  give(gift: NewGift, deadlines: Deadlines): Promise<GiveResult>;
  /** True if a gift with this key was ever pooled. Settles a commit whose outcome is unknown. */
  hasGift(key: string): Promise<boolean>;
  /** Draws for a ticket, or answers its existing delivery. Throws `ticket-unknown`, `-spent`, `-withdrawn`, `-expired`. */
  drawForTicket(draw: TicketDraw, deadlines: Deadlines): Promise<DrawResult>;
  /** Draws a free gift without a ticket. */
  drawFree(draw: FreeDraw, deadlines: Deadlines): Promise<DrawResult>;
  findTicket(hash: string): Promise<TicketFacts | undefined>;
  /** Takes a gift back together with its ticket. Throws `ticket-unknown`, `gift-drawn`, `draw-made`. */
  withdraw(hash: string, deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  /**
   * Ends a pooled gift and its ticket at `endsAt` if they would end later. Throws `ticket-unknown`, `ticket-withdrawn`,
   * `ticket-expired`, `gift-drawn`.
   */
  shorten(hash: string, endsAt: number): Promise<void>;
  stats(pool: string, now: number): Promise<PoolFigures>;
  /** Of all pools together. Cheap, whatever the number of gifts. */
  keptFigures(): Promise<KeptFigures>;
}

/** The verbs that follow one delivery; `id` is the delivery's. */
export interface DeliveryLedger {
  findDelivery(secretHash: string): Promise<DeliveryFacts | undefined>;
  /**
   * Records a range that was sent, by default of a response that was cut. Extends the lease, but not beyond its limit, while the
   * response is running or if the range has new bytes.
   */
  renewLease(id: number, sent: ByteRange, deadlines: Deadlines, response?: ResponseProgress): Promise<DeliveryProgress>;
  /** Extends the lease of a delivery whose bytes nginx or S3 sends. False when the delivery is over. */
  noteOffloaded(id: number, deadlines: Deadlines): Promise<boolean>;
  /** Makes an open delivery final; undefined when it is neither open nor final. */
  complete(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[] | undefined>;
  /**
   * The same as `complete` by the receiver's word. Throws `bytes-missing` unless every byte was sent, or what was sent is not
   * known: after an offload, or once a process started during the delivery.
   */
  acknowledge(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[] | undefined>;
  /** Makes those of these deliveries final that are open and of the named gifts: an ended process noted their arrival. */
  completeNoted(arrivals: readonly NotedArrival[], deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  /** Marks open deliveries at a process start: a process that crashed may have completed one without recording it. */
  markInterrupted(): Promise<void>;
  /** Reopens a final delivery whose connection broke, unless its bytes are gone or another response ended well. */
  reopen(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  /** Quarantines the gift of a delivery whose bytes are damaged; its ticket is good again. */
  quarantine(id: number, deadlines: Deadlines): Promise<readonly TicketNotice[]>;
  /** Records the receiver's thanks; undefined when the delivery is neither open nor final. */
  thank(id: number, thanks: Thanks): Promise<readonly TicketNotice[] | undefined>;
  /**
   * Records a report of the gift of an open, final or lapsed delivery, and keeps its bytes; undefined for any other.
   *
   * Reports by three parties withhold the gift until the desk decides. A second report of a delivery replaces the first.
   */
  report(id: number, details: ReportDetails, deadlines: Deadlines): Promise<ReportResult | undefined>;
}

/** The verbs of the sweep and of the periodic jobs. */
export interface MaintenanceLedger {
  /** Returns gifts with expired leases to the pool, and completes offloaded deliveries; at most `limit`. */
  expireLeases(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** The end of the next lease, or undefined when none is running. */
  nextLeaseEnd(): Promise<number | undefined>;
  /** Expires tickets and free gifts past their time, and free gifts given before `giftsBefore`; at most `limit` of each. */
  expire(deadlines: Deadlines, giftsBefore: number, limit: number): Promise<SweepResult>;
  /** Gifts whose bytes may be removed by `now`. */
  removable(now: number, limit: number): Promise<readonly { readonly id: number; readonly key: string }[]>;
  /** Records that bytes are gone. */
  markRemoved(ids: readonly number[]): Promise<void>;
  /** Deletes rows past their retention; answers how many. */
  purge(now: number, limit: number): Promise<number>;
  /** Compacts sparse pools by one step; answers how much was done, 0 at the end. */
  compactSlots(): Promise<number>;
  /** Serves waiting tickets that have a gift in the pool: at most `limit` tickets behind `from` (keyset pagination). */
  serveOverlooked(
    deadlines: Deadlines,
    from: QueueCursor,
    limit: number,
  ): Promise<SweepResult & { readonly next: QueueCursor | undefined }>;
  /** The keys of one shard whose bytes may be in the vault. */
  keysOfShard(shard: string): Promise<ReadonlyMap<string, ExpectedFile>>;
  /** Takes at most `limit` gifts out of circulation until `returnSetAside`, with their bytes; their tickets are good again. */
  setAside(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** Returns at most `limit` of these gifts to the pool, or to waiting tickets. */
  returnSetAside(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** Quarantines gifts whose bytes are gone. */
  quarantineMissing(keys: readonly string[], deadlines: Deadlines): Promise<SweepResult>;
  /** The next gifts behind an id that can be drawn or fetched; none at the end. */
  bytesInUse(after: number): Promise<readonly Pick<NeededGift, 'id' | 'key' | 'sha256'>[]>;
  /**
   * Quarantines gifts that may not be passed on, and keeps their bytes for the operator as those of a reported gift. Those that
   * were delivered cannot be fetched again.
   */
  quarantineBlocked(keys: readonly string[], deadlines: Deadlines): Promise<SweepResult>;
  audit(): Promise<Audit>;
  /** Figures for `/metrics`, at a cost that does not depend on the number of gifts. */
  metrics(): Promise<LedgerMetrics>;
}

/** State that the processes of one exchange share. */
export interface CoordinationLedger {
  /** Elects the process that runs a periodic job: true once every `every` milliseconds. */
  claimJob(name: string, now: number, every: number): Promise<boolean>;
  saveJobState(name: string, state: JobState): Promise<void>;
  /** The result of the job's last complete run in any process. */
  findJobState(name: string): Promise<JobState | undefined>;
  /** Answers the secret behind idempotency keys; `proposal` becomes it in a ledger without one. */
  keySecret(now: number, proposal: string): Promise<KeySecret>;
  /** The operator's keys that rows may be sealed under, the last used one first. */
  encryptionKeys(): Promise<readonly LedgerKey[]>;
  /** Records that a service encrypts with this key from now on. */
  useEncryptionKey(key: Pick<LedgerKey, 'id' | 'fingerprint'>, now: number): Promise<void>;
  /** The vault that belongs to this ledger; records the proposal when there is none yet. */
  proposeVault(proposal: string): Promise<VaultBinding>;
  /** Records that the vault carries this id. */
  saveVaultId(id: string): Promise<void>;
  /** Adds to the rate-limit usage of this minute, each address at most once; answers the totals of all processes. */
  recordUsage(now: number, usage: readonly RateUsage[]): Promise<readonly RateUsage[]>;
  /** The key of the day for hashing addresses; the first proposal of the day wins. */
  addressHashKey(now: number, proposal: string): Promise<string>;
  /** Milliseconds since 1970 by the database's clock. */
  time(): Promise<number>;
  /** Throws when commits can no longer be trusted, which turns readiness false (R6). */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Accounts and their histories. Their code is loaded at the first use. */
export interface AccountLedger {
  findAuthRows(table: AuthTable, query: AuthQuery): Promise<readonly AuthRow[]>;
  countAuthRows(table: AuthTable, where: readonly AuthCondition[]): Promise<number>;
  /** Undefined if a row with the same unique value exists. */
  addAuthRow(table: AuthTable, row: AuthRow): Promise<AuthRow | undefined>;
  /** Answers the rows as they are now. */
  changeAuthRows(table: AuthTable, where: readonly AuthCondition[], changes: AuthRow): Promise<readonly AuthRow[]>;
  /** Removes all rows, or at most `limit`, and answers them. A row is answered to one caller only. */
  removeAuthRows(table: AuthTable, where: readonly AuthCondition[], limit?: number): Promise<readonly AuthRow[]>;
  /** Removes an account with all that belongs to it; its gifts stay. False if there is none. */
  removeAccount(userId: string): Promise<boolean>;
  /** Removes sessions and challenges past their time, and sign-ups that were broken off; answers how many. */
  sweepAccounts(now: number): Promise<number>;
  /** Adds to the history of an account what belongs to no other account. */
  addHistory(userId: string, subjects: readonly HistorySubject[], now: number): Promise<AddedHistory>;
  /** The newest entries, or those before the one with the id `before`. */
  readHistory(userId: string, before: number | undefined, limit: number): Promise<readonly AccountEntry[]>;
  /** Removes one entry, or all of the account; answers how many. */
  eraseHistory(userId: string, key?: string): Promise<number>;
  /** Saves the facts of entries whose rows may be purged before `purgeBefore`, and removes at most `limit` old entries. */
  sweepHistory(times: { purgeBefore: number; beganBefore: number; limit: number }): Promise<AccountSweep>;
  /** The next entries of all histories behind an id; none at the end. */
  sealedHistory(after: number): Promise<readonly SealedHistory[]>;
  /** Replaces the facts of entries, except of those that changed meanwhile; answers how many. */
  resealHistory(changes: readonly SealedHistory[]): Promise<number>;
  /** Makes at most `limit` pooled gifts of a giver, all on their way and their tickets another giver's; answers how many gifts. */
  mergeGivers(from: string, to: string, ticketHashes: readonly string[], limit: number): Promise<number>;
}

/** The operator's desk: reports, and the decisions about them. */
export interface DeskLedger {
  /** The keys to hash addresses of reporters with, that of this period first; the first proposal of a period wins. */
  partyKeys(period: number, proposal: string): Promise<readonly string[]>;
  /** Forgets which parties reported before a time, and bans of parties from before it; answers how many. */
  forgetParties(before: number): Promise<number>;
  /** A number that changes with every decision. */
  deskVersion(): Promise<number>;
  /** The SHA-256 of all bytes that may not circulate. */
  withheldHashes(): Promise<readonly string[]>;
  /** The keys of the gifts that brought these bytes first; a sweep finds copies. */
  firstGifts(sha256: string): Promise<readonly string[]>;
  /** Withholds those of these gifts whose bytes may not circulate. */
  withholdGifts(keys: readonly string[], deadlines: Deadlines): Promise<SweepResult>;
  /** Returns at most `limit` withheld gifts whose bytes may circulate to the pool, or to waiting tickets. */
  releaseGifts(deadlines: Deadlines, limit: number): Promise<SweepResult>;
  /** The next reviews in a state behind an id. */
  listReviews(query: ReviewQuery): Promise<readonly ReviewFacts[]>;
  readReview(sha256: string): Promise<ReviewFile | undefined>;
  /** Decides about bytes; a removal opens a review where there is none. Throws `not-found`. */
  decide(
    sha256: string,
    decision: DeskDecision,
    actor: AuditEntry['actor'],
    deadlines: Deadlines,
  ): Promise<readonly TicketNotice[]>;
  /** Appeals against a removal, once for each ticket. Throws `ticket-unknown`, `appeal-over`. */
  appeal(ticketHash: string, text: string, deadlines: Deadlines): Promise<void>;
  /** Adds a ban, or takes it away. */
  setBan(ban: Ban, isBanned: boolean, actor: AuditEntry['actor'], now: number): Promise<void>;
  listBans(): Promise<readonly Ban[]>;
  /** The entries of the log before an id, newest first. */
  readAudit(before: number | undefined, limit: number): Promise<readonly AuditEntry[]>;
}

export interface Ledger
  extends ExchangeLedger,
    RoomLedger,
    DeliveryLedger,
    MaintenanceLedger,
    CoordinationLedger,
    AccountLedger,
    DeskLedger {}

/** A ledger that was opened and not created, for the doctor. */
export interface ExistingLedger extends Ledger {
  /** The id of the ledger's vault; undefined before a service has agreed on one. */
  findVaultId(): Promise<string | undefined>;
  /** Damage that the database finds in its own files, as sentences. */
  integrity(): Promise<readonly string[]>;
  /** The next gifts behind an id whose bytes are still needed; none at the end. */
  neededGifts(after: number): Promise<readonly NeededGift[]>;
  /** Quarantines gifts whose bytes are damaged, and keeps the bytes for a while as evidence. */
  quarantineDamaged(keys: readonly string[], deadlines: Deadlines): Promise<SweepResult>;
  /** Makes the counters equal what they count. */
  repairCounters(): Promise<readonly CounterRepair[]>;
  /** The next gifts behind an id, in any state; none at the end. */
  sealedGifts(after: number): Promise<readonly SealedGift[]>;
  /** Replaces what is sealed in rows of gifts, except in those that changed meanwhile; answers how many. */
  reseal(changes: readonly Resealed[]): Promise<number>;
  /** Records that the bytes of a pooled gift lie under another key of the vault. False if it is no longer pooled. */
  replaceBytes(change: ReplacedBytes): Promise<boolean>;
  /** The next reports behind an id; none at the end. */
  sealedReports(after: number): Promise<readonly SealedReport[]>;
  /** The same as `reseal` for reports. */
  resealReports(changes: readonly ResealedReport[]): Promise<number>;
  /** The next rooms behind an id; none at the end. */
  sealedRooms(after: number): Promise<readonly SealedRoom[]>;
  /** The same as `reseal` for names of rooms. */
  resealRooms(changes: readonly ResealedRoom[]): Promise<number>;
  /** Forgets a key. False if a row still begins with one of its prefixes. */
  retireKey(id: string, prefixes: { readonly checks: Uint8Array; readonly text: string }): Promise<boolean>;
}
