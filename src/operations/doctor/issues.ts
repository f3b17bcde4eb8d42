import type { Audit } from '../../ledger/types.ts';

/**
 * - `database`: the files of the ledger or of the store of small gifts are damaged.
 * - `rule`: a rule of the ledger is broken.
 * - `missing`, `wrong-size`, `damaged`, `unreadable`: the bytes of a gift.
 * - `stray`: bytes without a row.
 * - `leftover`: the rest of a failed give.
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

/** A fault that was found. Kind and subject identify it. */
export interface Issue {
  readonly kind: IssueKind;
  /** The gift, file or rule. */
  readonly subject: string;
  /** Completes the sentence that begins with the subject; may be empty. */
  readonly says: string;
}

/** The rules that an audit found broken. */
export const brokenRules = ({ faults }: Audit): Issue[] =>
  faults.map((sentence) => ({
    kind: 'rule',
    subject: sentence.replace(/^broken: /, ''),
    says: 'it is broken',
  }));

/** The examination is not possible, at all or at the moment. The message is for the operator. */
export class DoctorError extends Error {
  override readonly name = 'DoctorError';
}

const identityOf = ({ kind, subject }: Issue) => `${kind} ${subject}`;

/** The issues of the first list that are also in the second. */
export function inBoth(issues: readonly Issue[], others: readonly Issue[]): Issue[] {
  const known = new Set(others.map(identityOf));
  return issues.filter((issue) => known.has(identityOf(issue)));
}
