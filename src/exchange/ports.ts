import type { Inspect } from '../inspection/inspect.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Deadlines } from '../ledger/types.ts';
import type { Offloader } from '../vault/offload.ts';
import type { Vault } from '../vault/vault.ts';
import type { EventBus } from './events.ts';

/** The operator's choices that the rules depend on; times in milliseconds, sizes in bytes. */
export interface Rules {
  readonly maxFileSize: number;
  readonly poolMaxBytes: number;
  readonly freeSpaceFloor: number;
  readonly giftTtl: number;
  readonly ticketTtl: number;
  readonly lease: number;
  readonly hold: number;
  readonly grace: number;
  readonly reportHold: number;
  readonly freeDraws: boolean;
}

/** How far a transfer that is under way has come, in bytes from the start of the file. */
export interface TransferProgress {
  readonly start: number;
  handed: number;
}

/** Bytes that could not be removed, and when to try again. */
export interface RemovalRetry {
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** All that the rules work with; time and chance are among it, so that a test can say what they are. */
export interface ExchangeContext {
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** What the ledger knows the vault by. */
  readonly vaultId: string;
  /** Who else may send the bytes of a gift, if anybody. */
  readonly offloader: Offloader | undefined;
  readonly inspect: Inspect;
  readonly events: EventBus;
  readonly rules: Rules;
  /** The transfers under way in this process, by delivery. */
  readonly activeTransfers: Map<number, Set<TransferProgress>>;
  /** The keys whose bytes this process could not remove. */
  readonly removalRetries: Map<string, RemovalRetry>;
  /** Keys of which vault and ledger did not agree at the last look, and since when by `elapsed`. */
  readonly suspects: Map<string, number>;
  /** Whether other processes may be at work on the same ledger. */
  readonly isShared: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets. */
  elapsed(): number;
  /** Random bytes for secrets and keys. */
  randomBytes(size: number): Uint8Array;
}

/** What it takes to look after ledger and vault, where nobody is served. */
export type MaintenanceContext = Omit<
  ExchangeContext,
  'inspect' | 'offloader' | 'activeTransfers' | 'randomBytes'
>;

/** The default pool. A pool is a row, so that others can follow. */
export const publicPool = 'public';

/** The ends of all spans of time that begin now. */
export function deadlinesFrom({ rules, now }: Pick<ExchangeContext, 'rules' | 'now'>): Deadlines {
  const time = now();
  return {
    now: time,
    leaseUntil: time + rules.lease,
    holdUntil: time + rules.hold,
    ticketUntil: time + rules.ticketTtl,
    removeAt: time + rules.grace,
    purgeAt: time + rules.ticketTtl,
    keepUntil: time + rules.reportHold,
  };
}
