/** The messages between the inspector of archives and its workers. A worker inspects one file at a time. */
import type { Refusal } from './budget.ts';

export type ToWorker =
  | { readonly type: 'inspect'; readonly size: number; readonly allowsEncrypted: boolean }
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: Uint8Array };

export type FromWorker =
  | { readonly type: 'read'; readonly id: number; readonly from: number; readonly to: number }
  | { readonly type: 'passed' }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'failed'; readonly message: string };
