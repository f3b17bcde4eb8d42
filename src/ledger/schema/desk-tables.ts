/** The tables of the operator's desk as the queries see them. */
import type { Generated, Selectable } from 'kysely';
import type { ReportReason } from '../../contract/vocabulary.ts';
import type { AuditEntry, ReviewState } from '../desk-types.ts';
import type { AppealState } from '../statement-types.ts';

/** The desk's view of all gifts with the same bytes. */
interface ReviewTable {
  id: Generated<number>;
  sha256: string;
  state: ReviewState;
  opened_at: number;
  decided_at: number | null;
  /** `automatic`: reports of several parties decided; null before any decision. */
  decided_by: 'person' | 'automatic' | null;
  ground: ReportReason | null;
  /** The rule that the giver is told. */
  rule: string | null;
  /** Until when the giver may appeal; null unless removed. */
  appeal_until: number | null;
  /** The end of a legal hold, which keeps the bytes. */
  retain_until: number | null;
}

/** An appeal of a giver; a ticket has at most one. */
interface AppealTable {
  id: Generated<number>;
  ticket_id: number;
  review_id: number;
  text: string;
  state: AppealState;
  created_at: number;
}

/** The decisions at the desk, and what followed by itself. Triggers refuse changes of its rows. */
interface AuditTable {
  id: Generated<number>;
  at: number;
  actor: AuditEntry['actor'];
  action: string;
  subject: string;
  /** As JSON. */
  detail: string;
}

interface BanTable {
  id: Generated<number>;
  subject: 'giver' | 'party';
  value: string;
  created_at: number;
}

/** The key that addresses of reporters are hashed with; a new one every period. */
interface PartyKeyTable {
  /** Periods since 1970. */
  period: number;
  key: string;
}

export interface DeskTables {
  review: ReviewTable;
  appeal: AppealTable;
  audit: AuditTable;
  ban: BanTable;
  party_key: PartyKeyTable;
}

export type ReviewRow = Selectable<ReviewTable>;
