import type { ProblemCode } from '../contract/problems/codes.ts';
/** Why something did not go as hoped, in codes: the sentences are in `words.ts`. */
import { Problem } from '../contract/problems/problem.ts';
import type { RejectionReason } from '../contract/problems/rejection-reasons.ts';

/** What the page notices by itself, beside the service's own refusals. */
export type PageFailureCode =
  | 'folder-empty'
  | 'busy'
  | 'unreadable'
  | 'connection'
  | 'line-down'
  | 'not-reached'
  | 'mismatch'
  | 'cancelled'
  | 'cancelled-late'
  | 'taken-back'
  | 'not-kept'
  | 'parcel-gone'
  | 'share-missing'
  | 'share-empty'
  | 'share-full';

export interface Failure {
  readonly code: PageFailureCode | ProblemCode;
  /** Seconds to wait before trying again. */
  readonly retryAfter?: number;
  /** What is too large, and what would not be, in bytes. */
  readonly size?: number;
  readonly limit?: number;
  /** What kind of program it is, and the part of its name that says so. */
  readonly reason?: RejectionReason;
  readonly extension?: string;
}

/** Whatever is not a refusal of the service was a connection that did not hold. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Problem)) return { code: 'connection' };
  const { code, retryAfter, facts } = error;
  return { code, ...facts, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

const passing: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'connection',
  'upload-cut',
  'too-slow',
  'too-many-requests',
  'unexpected',
  'storage-failing',
  'storage-full',
]);

const lost: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'connection',
  'upload-cut',
  'too-slow',
  'unexpected',
]);

/** Whether nobody knows what became of it, so that it is asked again at once. */
export const isOutcomeUnknown = ({ code }: Failure): boolean => lost.has(code);

/** Whether the same thing may succeed a moment later. */
export const isRetryable = ({ code }: Failure): boolean => passing.has(code);

const ends: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'ticket-spent',
  'ticket-expired',
  'ticket-withdrawn',
  'ticket-unknown',
]);

/** Whether a ticket is worth nothing any more. */
export const endsTicket = ({ code }: Failure): boolean => ends.has(code);
