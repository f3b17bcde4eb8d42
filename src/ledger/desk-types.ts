/** The facts about reports, reviews and decisions that go in and out of a ledger. Times are milliseconds since 1970. */
import type { FileKind, ReportReason } from '../contract/vocabulary.ts';
import type { AppealState } from './statement-types.ts';
import type { GiftFacts, GiftState, TicketNotice } from './types.ts';

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

/** A decision about all gifts with the same bytes. */
export type DeskDecision =
  | { readonly action: 'approve' | 'undo' }
  | {
      readonly action: 'remove';
      readonly ground: ReportReason;
      /** The rule that the giver is told; null for none. */
      readonly rule: string | null;
      /** Until when the giver may appeal, and the bytes are kept for that. */
      readonly appealUntil: number;
    }
  /** A legal hold. */
  | { readonly action: 'retain'; readonly until: number };

/** A review as lists show it, with the facts of its last report. */
export interface ReviewFacts {
  readonly id: number;
  readonly sha256: string;
  readonly state: ReviewState;
  readonly openedAt: number;
  readonly decidedAt: number | null;
  readonly decidedBy: 'person' | 'automatic' | null;
  readonly ground: ReportReason | null;
  readonly rule: string | null;
  readonly appealUntil: number | null;
  readonly retainUntil: number | null;
  /** The last reports, newest first, up to `maxReports`. */
  readonly reports: readonly ReportFacts[];
}

/** How many reports of a review are read. */
export const maxReports = 100;

export interface ReportFacts {
  readonly id: number;
  readonly delivery: number;
  readonly key: string;
  readonly name: string;
  readonly kind: FileKind;
  readonly mimeType: string;
  readonly size: number;
  /** The hash of the giver. */
  readonly giver: string;
  readonly reason: ReportReason;
  readonly note: string | null;
  readonly state: 'open' | 'upheld' | 'dismissed';
  readonly at: number;
  readonly party: string | null;
}

/** A gift with the bytes of a review, as far as the desk has met it. */
interface ReviewGift {
  readonly key: string;
  readonly giver: string;
  readonly state: GiftState;
  readonly givenAt: number;
  /** Until when its bytes are kept; null once they are gone, and while it circulates. */
  readonly bytesUntil: number | null;
  readonly isWithheld: boolean;
}

/** A review with its gifts and appeals. */
export interface ReviewFile extends ReviewFacts {
  readonly appeals: readonly { readonly text: string; readonly state: AppealState; readonly at: number }[];
  readonly gifts: readonly ReviewGift[];
}

export interface ReviewQuery {
  readonly state: ReviewState;
  /** The id of the review before. */
  readonly after: number;
  readonly limit: number;
}

/** A giver whose gifts are refused, or a party whose reports do not count. */
export interface Ban {
  readonly subject: 'giver' | 'party';
  readonly value: string;
}
