/** The facts about what is sealed under the operator's keys. */
import type { GiftFacts } from './types.ts';

/** A key of the operator that has encrypted here. */
export interface LedgerKey {
  readonly id: string;
  readonly fingerprint: string;
  /** When a service last began to encrypt with it, in milliseconds since 1970. */
  readonly usedSince: number;
}

/** The columns of a gift that may be sealed, and those that they are bound to. */
export interface SealedGift extends Pick<GiftFacts, 'id' | 'key' | 'name' | 'extension' | 'size' | 'sha256' | 'state'> {
  readonly checks: Uint8Array;
}

/** A row whose sealed parts are replaced, unless they have changed since. */
export interface Resealed {
  readonly id: number;
  readonly from: Pick<SealedGift, 'name' | 'checks'>;
  readonly to: Pick<SealedGift, 'name' | 'checks'>;
}

/** A pooled gift whose bytes lie under a new key in the vault. */
export interface ReplacedBytes {
  readonly id: number;
  readonly from: Pick<SealedGift, 'key' | 'checks'>;
  readonly to: Pick<SealedGift, 'key' | 'name' | 'checks'>;
}

/** The columns of a report that may be sealed, and those that they are bound to. */
export interface SealedReport {
  readonly id: number;
  readonly delivery: number;
  readonly key: string;
  readonly name: string;
  readonly note: string | null;
}

export interface ResealedReport {
  readonly id: number;
  readonly from: Pick<SealedReport, 'name' | 'note'>;
  readonly to: Pick<SealedReport, 'name' | 'note'>;
}
