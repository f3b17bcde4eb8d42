import type { BatchItem } from './batch-item.ts';

/** Many files that are uploaded together, with what became of each. */
export interface Batch {
  readonly items: readonly BatchItem[];
  /** Set while the service makes us wait, in seconds. */
  readonly pauseSeconds?: number;
  /** Counts of the folders' files that are not among the items; see `FileSelection`. */
  readonly leftOut: number;
  readonly unreadable: number;
  readonly isTruncated: boolean;
  /** True if this browser could not save a ticket. */
  readonly hasUnsavedTicket: boolean;
  /** The latest, for a screen reader. */
  readonly announcement?: BatchAnnouncement;
}

export interface BatchAnnouncement {
  /** Number of files whose upload began. */
  readonly startedCount?: number;
  readonly failedItem?: Pick<BatchItem, 'name' | 'status'>;
  readonly isFinished?: boolean;
}
