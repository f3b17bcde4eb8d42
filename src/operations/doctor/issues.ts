import type { Audit } from '../../ledger/types.ts';

export type IssueKind =
  /** Damaged files of the ledger or of the store of small files. */
  | 'database'
  /** A broken rule of the ledger. */
  | 'rule'
  /** The bytes of a gift. */
  | 'missing'
  | 'wrong-size'
  | 'damaged'
  | 'unreadable'
  /** A gift whose key is sealed under one that the settings lack. No repair touches it. */
  | 'no-key'
  /** Bytes without a row. */
  | 'stray'
  /** The rest of a failed give. */
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
