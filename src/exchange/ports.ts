/** The ports of the exchange. Time and chance are among them, so that a test can choose them. */
import type { Blocklist, Hashes } from '../inspection/blocklist.ts';
import type { Inspect } from '../inspection/inspect.ts';
import type { Cleaner } from '../inspection/metadata/open-cleaner.ts';
import type { Inspector } from '../inspection/staged-file.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { KeptFigures, KeySecret } from '../ledger/types.ts';
import type { CrashJournal } from '../platform/crash-journal.ts';
import type { Offloader } from '../vault/offload.ts';
import type { Vault } from '../vault/vault.ts';
import type { EventBus } from './events.ts';
import type { Rules } from './rules.ts';
import type { Reservations } from './storage/reservations.ts';

/** The progress of a running transfer, in bytes from the start of the file. */
export interface TransferProgress {
  readonly start: number;
  handed: number;
}

/** How far this process has compared gifts with the operator's blocklist and the desk's decisions, by their ids. */
interface BlocklistProgress {
  /** The lists that they were compared with, and the last decision that was read. */
  listed: Hashes | undefined;
  withheld: Hashes;
  version: number;
  /** Where the next comparison begins, and where the last one ended. */
  from: number;
  last: number;
}

/** The next attempt to remove the bytes of a key. */
export interface RemovalRetry {
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The ledger's facts that HTTP renders; it imports them from here since only the exchange knows the ledger. */
export type { ReviewFacts, ReviewFile } from '../ledger/desk-types.ts';
export type { RoomFacts } from '../ledger/room-types.ts';
export type { GiftFacts, PoolFigures, TicketFacts, Wish } from '../ledger/types.ts';

export interface ExchangeContext {
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** The secret behind idempotency keys. */
  readonly keySecret: KeySecret;
  /** The id by which the ledger knows its vault. */
  readonly vaultId: string;
  /** Sends bytes in place of this process, when configured. */
  readonly offloader: Offloader | undefined;
  readonly inspect: Inspect;
  /** Inspect the stored bytes of a gift before it is pooled, in this order. */
  readonly inspectors: readonly Inspector[];
  readonly cleaner: Cleaner;
  readonly events: EventBus;
  readonly rules: Rules;
  /** The running transfers of this process, by delivery. */
  readonly activeTransfers: Map<number, Set<TransferProgress>>;
  /** The arrivals that the ledger does not know yet; see `arrival-journal.ts`. */
  readonly arrivalJournal: CrashJournal;
  /** Records the arrivals that processes of this machine noted and did not record before they ended. */
  settleArrivals(): Promise<void>;
  /** The keys whose bytes this process could not remove yet. */
  readonly removalRetries: Map<string, RemovalRetry>;
  /** Keys on which vault and ledger disagreed at the last reconcile, with the time of `elapsed` when they first did. */
  readonly suspects: Map<string, number>;
  /** When this process quarantined gifts because their bytes were missing, by `elapsed`. */
  readonly losses: number[];
  /** The operator's list of files that may neither enter nor stay, if there is one. */
  readonly blocklist: Blocklist | undefined;
  readonly blocklistProgress: BlocklistProgress;
  /** The room that uploads of this process have reserved. */
  readonly reservations: Reservations;
  /** Throws if the ledger does not work; a good result counts for a second. */
  checkLedger(): Promise<void>;
  /** All that the pool keeps, at most half a second old. */
  keptFigures(): Promise<KeptFigures>;
  /** Answers the hash under the ledger's key of the day; the number of the day stands before each result. */
  dailyHash(): Promise<(text: string) => string>;
  /** True when other processes may use the same ledger. */
  readonly isShared: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds of a monotonic clock. */
  elapsed(): number;
  /** Random bytes for secrets and keys. */
  randomBytes(size: number): Uint8Array;
}

/** The context of maintenance jobs, which handle no requests. */
export type MaintenanceContext = Omit<
  ExchangeContext,
  'inspect' | 'inspectors' | 'cleaner' | 'offloader' | 'activeTransfers' | 'arrivalJournal' | 'randomBytes'
>;
