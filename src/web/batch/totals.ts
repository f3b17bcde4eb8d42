/** The counts and bytes of a batch. */

import type { Batch } from '../state/batch.ts';
import { type BatchItem, isUploading, wasGiven } from '../state/batch-item.ts';

export interface BatchTotals {
  /** All items but free draws. */
  readonly all: number;
  readonly given: number;
  readonly refused: number;
  readonly failed: number;
  readonly duplicates: number;
  readonly cancelled: number;
  readonly uploading: number;
  /** Bytes that are sent, and all bytes to send. */
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export function totalsOf({ items }: Pick<Batch, 'items'>): BatchTotals {
  const are = (name: BatchItem['status']['name']) =>
    items.filter(({ status }) => status.name === name).length;
  // Exchanges of earlier visits have no file here.
  const travelling = items.filter(
    (item) => item.keyedFile && (isUploading(item) || wasGiven(item)),
  );
  return {
    all: items.length - are('taken'),
    given: items.filter(wasGiven).length,
    refused: are('refused'),
    failed: are('failed'),
    duplicates: are('duplicate'),
    cancelled: are('cancelled'),
    uploading: items.filter(isUploading).length,
    sentBytes: travelling.reduce((sum, item) => sum + movedOf(item), 0),
    totalBytes: travelling.reduce((sum, { size }) => sum + size, 0),
  };
}

function movedOf({ status, size }: BatchItem): number {
  if (status.name === 'queued') return 0;
  return status.name === 'sending' ? size * status.share : size;
}
