/** Failures as codes. The sentences are in `i18n/locales/`, under `why.<code>`. */
import type { ProblemCode } from '../contract/problems/codes.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { RejectionReason } from '../contract/problems/rejection-reasons.ts';

/** Failures that the page detects itself, without a problem of the service. */
type PageFailureCode =
  | 'folder-empty'
  | 'busy'
  | 'unreadable'
  | 'part-missing'
  | 'left-early'
  | 'left-unknown'
  | 'refused-between'
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
  /** Seconds to wait before a retry. */
  readonly retryAfter?: number;
  /** The names of the files that it is about. */
  readonly name?: string;
  /** The size of the file and the greatest size allowed, in bytes. */
  readonly size?: number;
  readonly limit?: number;
  /** The kind of program that was found, and the extension that shows it. */
  readonly reason?: RejectionReason;
  readonly extension?: string;
}

/** An error that the page detects itself. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly code: PageFailureCode;
  constructor(code: PageFailureCode) {
    super(code);
    this.code = code;
  }
}

/** The failure of a caught error. Every error but a `Problem` and a `PageError` counts as a broken connection. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PageError) return { code: error.code };
  if (!(error instanceof Problem)) return { code: 'connection' };
  const { code, isFromBetween, retryAfter, facts } = error;
  return {
    code: isFromBetween ? 'refused-between' : code,
    ...facts,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** The same for a request that sends no file, of which a broken connection loses nothing. */
export function requestFailureOf(error: unknown): Failure {
  const failure = failureOf(error);
  return failure.code === 'connection' ? { code: 'not-reached' } : failure;
}

const passing: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'connection',
  'upload-cut',
  'too-slow',
  'too-many-requests',
  'too-many-at-once',
  'unexpected',
  'inspection-failing',
  'storage-failing',
  'storage-full',
]);

const lost: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'connection',
  'upload-cut',
  'too-slow',
  'unexpected',
]);

/** True if the request may have succeeded although no answer came. Repeat it at once with the same key. */
export const isOutcomeUnknown = ({ code }: Failure): boolean => lost.has(code);

/** True if the same request may succeed a moment later. */
export const isRetryable = ({ code }: Failure): boolean => passing.has(code);

const deliveryEnds: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'delivery-unknown',
  'delivery-over',
  'gift-damaged',
  'not-found',
]);

/** True if the service has said that the delivery is over. Nothing else ends it. */
export const endsDelivery = ({ code }: Failure): boolean => deliveryEnds.has(code);

const ends: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'ticket-spent',
  'ticket-expired',
  'ticket-withdrawn',
  'ticket-unknown',
]);

/** True if the ticket can no longer draw. */
export const endsTicket = ({ code }: Failure): boolean => ends.has(code);
