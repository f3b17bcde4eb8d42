/** The facts about reports, reviews and decisions that go in and out of a ledger. Times are milliseconds since 1970. */
import type { ReportReason } from '../contract/vocabulary.ts';
import type { GiftFacts, TicketNotice } from './types.ts';

/** A receiver's report of a gift. */
export interface ReportDetails {
  readonly reason: ReportReason;
  readonly note: string | null;
  /** The hashes of the reporter's address, the one under the newest key first. */
  readonly parties: readonly string[];
}

export interface ReportResult {
  readonly reportId: number;
  /** The gift as it is now that it is reported. */
  readonly gift: GiftFacts;
  readonly notices: readonly TicketNotice[];
}

/**
 * `open`: reported; `withheld`: out of the pool until a decision; `approved`, `removed`: decided; `appealed`: removed, and its giver
 * has appealed.
 */
export type ReviewState = 'open' | 'withheld' | 'approved' | 'removed' | 'appealed';

/** One line of the desk's log. */
export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  /** `automatic`, or the door that a person came through. */
  readonly actor: 'automatic' | 'shell' | 'desk' | 'giver';
  readonly action: string;
  /** The SHA-256 of the bytes, or a giver. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number | null>>;
}
