import type { Inspect } from '../inspection/inspect.ts';
import type { Ledger, Terms } from '../ledger/ledger.ts';
import type { HandOver } from '../vault/offload.ts';
import type { Vault } from '../vault/vault.ts';
import type { Board } from './events.ts';

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
export interface Progress {
  readonly start: number;
  handed: number;
}

/** Bytes that could not be removed, and when to try again. */
export interface Setback {
  readonly tries: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** All that the rules work with; time and chance are among it, so that a test can say what they are. */
export interface Context {
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** What the ledger knows the vault by. */
  readonly vaultId: string;
  /** Who else may send the bytes of a gift, if anybody. */
  readonly handOver: HandOver | undefined;
  readonly inspect: Inspect;
  readonly board: Board;
  readonly rules: Rules;
  /** The transfers under way in this process, by delivery. */
  readonly live: Map<number, Set<Progress>>;
  /** The keys whose bytes this process could not remove. */
  readonly setbacks: Map<string, Setback>;
  /** Keys of which vault and ledger did not agree at the last look, and since when by `elapsed`. */
  readonly doubts: Map<string, number>;
  /** Whether other processes may be at work on the same ledger. */
  readonly isAmongMany: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets. */
  elapsed(): number;
  /** Random bytes for secrets and keys. */
  randomBytes(size: number): Uint8Array;
}

/** What it takes to look after ledger and vault, where nobody is served. */
export type Upkeep = Omit<Context, 'inspect' | 'handOver' | 'live' | 'randomBytes'>;

/** The default pool. A pool is a row, so that others can follow. */
export const publicPool = 'public';

/** The ends of all spans of time that begin now. */
export function termsAt({ rules, now }: Pick<Context, 'rules' | 'now'>): Terms {
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
