/** Screen reader announcements of a batch: its start, its end, and each file that fails; no percentages. */
import { failureSentence, joinSentences, t } from '../i18n/messages.tsx';
import type { Batch, BatchAnnouncement } from '../state/batch.ts';
import { type BatchItem, isUploading } from '../state/batch-item.ts';
import { totalsOf } from './totals.ts';
import type { BatchChange } from './types.ts';

/** Undefined if the event needs no announcement. */
export function announcementFor(event: BatchChange, before: Batch, after: Batch): BatchAnnouncement | undefined {
  const startedCount = event.type === 'added' ? event.items.filter(isUploading).length : 0;
  const failedItem = failedItemOf(event, after);
  const isFinished = before.items.some(isUploading) && !after.items.some(isUploading);
  if (startedCount === 0 && !failedItem && !isFinished) return undefined;
  return {
    ...(startedCount > 0 ? { startedCount } : {}),
    ...(failedItem ? { failedItem } : {}),
    ...(isFinished ? { isFinished } : {}),
  };
}

function failedItemOf(event: BatchChange, { items }: Batch): BatchItem | undefined {
  if (event.type !== 'status-changed') return undefined;
  const { name } = event.status;
  const isFailure = name === 'refused' || name === 'failed' || name === 'duplicate';
  return isFailure ? items.find(({ id }) => id === event.id) : undefined;
}

/** The latest announcement as a sentence. */
export function announcementText(batch: Batch): string {
  const { startedCount, failedItem, isFinished } = batch.announcement ?? {};
  return joinSentences(
    startedCount !== undefined && t('many.began', { count: startedCount }),
    failedItem !== undefined && t('many.fault', { name: failedItem.name, why: failedItemSentence(failedItem.status) }),
    isFinished && totalsSentence(batch),
  );
}

/** For instance `5 of 12 given, 2 refused`. */
export function totalsSentence(batch: Pick<Batch, 'items'>): string {
  const { all, given, refused, failed, duplicates, cancelled } = totalsOf(batch);
  return t('many.totals', { all, given, refused, failed, same: duplicates, cancelled });
}

function failedItemSentence(status: BatchItem['status']): string {
  if (status.name === 'duplicate') return t('many.same.plain', { name: status.of });
  return 'failure' in status ? failureSentence(status.failure) : '';
}
