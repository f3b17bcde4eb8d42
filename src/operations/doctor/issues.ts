/** What an examination finds. */
import type { Audit } from '../../ledger/types.ts';

/**
 * `database`: the own files of the ledger, or of the vault's bundle, are damaged. `rule`: one of the ledger's rules is broken.
 * Of the bytes of a gift: `missing`, `wrong-size`, `damaged`, `unreadable`. `stray`: bytes that no row knows. `leftover`: what a give left behind.
 */
export type IssueKind =
  | 'database'
  | 'rule'
  | 'missing'
  | 'wrong-size'
  | 'damaged'
  | 'unreadable'
  | 'stray'
  | 'leftover';

export interface Issue {
  readonly kind: IssueKind;
  /** Which gift, file or rule: with the kind, what one fault is told from another by. */
  readonly subject: string;
  /** The rest of the sentence that begins with the subject; may be empty. */
  readonly says: string;
}

/** The rules that an audit found broken. */
export const brokenRules = ({ faults }: Audit): Issue[] =>
  faults.map((sentence) => ({
    kind: 'rule',
    subject: sentence.replace(/^broken: /, ''),
    says: 'it is broken',
  }));

/** Nobody could look, or not now; the message is for the operator. */
export class DoctorError extends Error {
  override readonly name = 'DoctorError';
}

const identity = ({ kind, subject }: Issue) => `${kind} ${subject}`;

/** Of some faults those that are among others, too. */
export function inBoth(faults: readonly Issue[], others: readonly Issue[]): Issue[] {
  const known = new Set(others.map(identity));
  return faults.filter((fault) => known.has(identity(fault)));
}
