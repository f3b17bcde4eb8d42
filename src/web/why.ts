/** Why something did not go as hoped, in codes: the sentences are in `words.ts`. */
import { Problem, type ProblemCode } from '../contract/problems.ts';

/** What the page notices by itself, beside the service's own refusals. */
export type PageCode =
  | 'several'
  | 'folder'
  | 'busy'
  | 'unreadable'
  | 'connection'
  | 'line-down'
  | 'not-reached'
  | 'mismatch'
  | 'cancelled'
  | 'taken-back'
  | 'not-kept'
  | 'parcel-gone';

export interface Why {
  readonly code: PageCode | ProblemCode;
  /** The service's own sentence, where it knows more than the code says. */
  readonly detail?: string;
  /** Seconds to wait before trying again. */
  readonly retryAfter?: number;
}

/** Whatever is not a refusal of the service was a connection that did not hold. */
export function whyOf(error: unknown): Why {
  if (!(error instanceof Problem)) return { code: 'connection' };
  const { code, message, retryAfter } = error;
  return { code, detail: message, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

const passing: ReadonlySet<Why['code']> = new Set<Why['code']>([
  'connection',
  'upload-cut',
  'too-slow',
  'too-many-requests',
  'unexpected',
  'storage-failing',
  'storage-full',
]);

/** Whether the same thing may succeed a moment later. */
export const mayPass = ({ code }: Why): boolean => passing.has(code);

const ends: ReadonlySet<Why['code']> = new Set<Why['code']>([
  'ticket-spent',
  'ticket-expired',
  'ticket-withdrawn',
  'ticket-unknown',
]);

/** Whether a ticket is worth nothing any more. */
export const isEnd = ({ code }: Why): boolean => ends.has(code);
