/** The reasons of a decision, as the giver of a gift reads them. Times are milliseconds since 1970. */
import type { ReportReason } from '../contract/vocabulary.ts';

export type AppealState = 'open' | 'granted' | 'refused';

/** Why a gift is kept from everyone, for its giver (DSA, Article 17). */
export interface Statement {
  /** `restored`: the decision was taken back on appeal. */
  readonly state: 'withheld' | 'removed' | 'restored';
  readonly ground: ReportReason | null;
  readonly rule: string | null;
  readonly decidedBy: 'person' | 'automatic' | null;
  readonly decidedAt: number | null;
  readonly appealUntil: number | null;
  readonly appeal: AppealState | null;
}
