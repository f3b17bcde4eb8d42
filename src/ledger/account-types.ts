/** The facts about accounts that go in and out of a ledger. Times are milliseconds since 1970. */
import type { FileKind, Thanks } from '../contract/vocabulary.ts';
import type { GiftState, TicketRowState } from './types.ts';

/** The tables of better-auth; see `schema/migrations/020-accounts.ts`. */
export type AuthTable = 'auth_user' | 'auth_session' | 'auth_login' | 'auth_verification' | 'auth_passkey';

export type AuthValue = string | number | null;
export type AuthRow = Readonly<Record<string, AuthValue>>;

/** One condition on a column. Conditions hold together if all `and` ones and, if there are any, one of the `or` ones hold. */
export interface AuthCondition {
  readonly column: string;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'like';
  readonly value: AuthValue | readonly AuthValue[];
  readonly connector: 'and' | 'or';
}

export interface AuthQuery {
  readonly where: readonly AuthCondition[];
  readonly order?: { readonly column: string; readonly direction: 'asc' | 'desc' } | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** A gift in a history: as it was given, and the thanks of its receiver. */
export interface HistoryGift {
  /** The gift's key, to which a sealed name is bound, and the extension that stands for a name that cannot be opened. */
  readonly key: string;
  readonly extension: string;
  readonly name: string;
  readonly size: number;
  readonly kind: FileKind;
  readonly mimeType: string;
  readonly sha256: string;
  readonly givenAt: number;
  readonly state: GiftState;
  readonly thanks: Thanks | null;
}

/** A gift that the account has received. Its thanks are those that the account sent. */
export interface ReceivedGift extends HistoryGift {
  /** When it had arrived; null before. */
  readonly receivedAt: number | null;
  readonly isReported: boolean;
}

/** The facts of one exchange, free draw or plain gift. */
export interface HistoryFacts {
  readonly gave?: HistoryGift;
  readonly received?: ReceivedGift;
  /** Of the ticket, or of the free draw's delivery; undefined for a gift without a ticket. */
  readonly state?: TicketRowState;
  readonly expiresAt?: number;
}

/** The gift, ticket or delivery that an entry is about. */
export type HistorySubject =
  | { readonly ticketHash: string }
  | { readonly giftKey: string }
  | { readonly secretHash: string };

export interface AccountEntry {
  /** Ascending in the order in which entries were added. */
  readonly id: number;
  /** The hash of the ticket or of the delivery's secret, or the key of a gift without a ticket. */
  readonly key: string;
  readonly beganAt: number;
  /** As they are, or as they were when they were last saved. */
  readonly facts: HistoryFacts;
}

/** How many subjects were added, were in the account already, belong to another account, or are unknown. */
export interface AddedHistory {
  readonly added: number;
  readonly known: number;
  readonly foreign: number;
  readonly unknown: number;
}

/** How many rows past their time went. */
export interface AccountSweep {
  readonly saved: number;
  readonly removed: number;
}

/** An entry as it is stored: its text, and the facts in it. Names in them may be sealed. */
export interface SealedHistory {
  readonly id: number;
  readonly text: string;
  readonly facts: HistoryFacts;
}
