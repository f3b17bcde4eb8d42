/** How a batch stands as a whole, in numbers. */

import type { Batch } from '../state/batch.ts';
import { type BatchItem, isUploading, wasGiven } from '../state/batch-item.ts';

export interface BatchTotals {
  /** Files of ours: those on their way, and what became of the others. */
  readonly all: number;
  readonly given: number;
  readonly refused: number;
  readonly failed: number;
  readonly duplicates: number;
  readonly cancelled: number;
  readonly uploading: number;
  /** Bytes that have left, and all that leave or have left. */
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export function totalsOf({ items }: Pick<Batch, 'items'>): BatchTotals {
  const are = (name: BatchItem['status']['name']) =>
    items.filter(({ status }) => status.name === name).length;
  // What is known from before travelled before.
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
