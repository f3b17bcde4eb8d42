/** The messages between this process and its file workers. A worker handles one file at a time. */
import type { RejectionReason } from '../../contract/problems/rejection-reasons.ts';
import type { Refusal } from '../archive/budget.ts';
import type { CleanedFormat } from '../metadata/cleaned-format.ts';
import type { Cleaning } from '../metadata/draft.ts';

/** A task for a worker: one file. */
export type Task =
  | { readonly type: 'inspect'; readonly size: number; readonly allowsEncrypted: boolean }
  | { readonly type: 'clean'; readonly size: number; readonly format: CleanedFormat };

export type ToWorker = Task | { readonly type: 'bytes'; readonly id: number; readonly bytes: Uint8Array };

/** How a task ended. */
export type TaskOutcome =
  | { readonly type: 'passed' }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'cleaned'; readonly cleaning: Cleaning }
  | { readonly type: 'stays'; readonly reason: RejectionReason }
  | { readonly type: 'failed'; readonly message: string };

export type FromWorker =
  | { readonly type: 'read'; readonly id: number; readonly from: number; readonly to: number }
  | TaskOutcome;
