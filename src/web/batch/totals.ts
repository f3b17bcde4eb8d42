/** The counts and bytes of a batch. */

import type { Batch } from '../state/batch.ts';
import { type BatchItem, isUploading, wasGiven } from '../state/batch-item.ts';

interface BatchTotals {
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

/** Counts the items by status and sums their bytes. */
export function totalsOf({ items }: Pick<Batch, 'items'>): BatchTotals {
  const count = (name: BatchItem['status']['name']) => items.filter(({ status }) => status.name === name).length;
  // Exchanges of earlier visits have no file here.
  const toSend = items.filter((item) => item.keyedFile && (isUploading(item) || wasGiven(item)));
  return {
    all: items.length - count('taken'),
    given: items.filter(wasGiven).length,
    refused: count('refused'),
    failed: count('failed'),
    duplicates: count('duplicate'),
    cancelled: count('cancelled'),
    uploading: items.filter(isUploading).length,
    sentBytes: toSend.reduce((sum, item) => sum + sentBytesOf(item), 0),
    totalBytes: toSend.reduce((sum, { size }) => sum + size, 0),
  };
}

function sentBytesOf({ status, size }: BatchItem): number {
  if (status.name === 'queued') return 0;
  return status.name === 'sending' ? size * status.share : size;
}
