/** The problems that several endpoints of the exchange share. */
import type { ProblemCode } from '../problems/codes.ts';
import { foreignProblems } from './endpoint.ts';

/** Where there are accounts; a request with a session must have a good one. */
export const whoProblems = ['account-needed', 'session-over'] as const satisfies readonly ProblemCode[];

export const roomChoiceProblems = ['rooms-off', 'room-unknown'] as const satisfies readonly ProblemCode[];

export const giveProblems = [
  ...whoProblems,
  'form-broken',
  'field-missing',
  'no-file-chosen',
  'too-many-files',
  'file-empty',
  'upload-cut',
  'too-slow',
  'too-large',
  'executable-refused',
  'archive-refused',
  'file-refused',
  'metadata-stays',
  'encoding-unknown',
  'too-many-at-once',
  ...foreignProblems,
  'inspection-failing',
  'storage-failing',
  'storage-full',
  ...roomChoiceProblems,
  'room-closed',
  'room-full',
  'kind-refused',
  'round-by-ticket',
] as const satisfies readonly ProblemCode[];

export const ticketProblems = [
  'ticket-unknown',
  'ticket-spent',
  'ticket-withdrawn',
  'ticket-expired',
  'draw-delayed',
  'round-not-drawn',
  'round-gift-gone',
] as const satisfies readonly ProblemCode[];

export const guardProblems = ['embed-refused', 'prefetch-refused'] as const satisfies readonly ProblemCode[];

export const replyProblems = [
  'delivery-unknown',
  'delivery-over',
  'gift-damaged',
  'too-large',
  ...foreignProblems,
] as const satisfies readonly ProblemCode[];
