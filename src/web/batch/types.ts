import type { Batch } from '../state/batch.ts';
import type { BatchItem, TicketState } from '../state/batch-item.ts';
import type { PendingExchange } from '../state/exchange.ts';
import type { HistoryEntry } from '../state/history.ts';

/** The events of the batch reducer. */
export type BatchChange =
  | ({ readonly type: 'added'; readonly items: readonly BatchItem[] } & Pick<
      Batch,
      'leftOut' | 'unreadable' | 'isTruncated'
    >)
  | ({ readonly type: 'status-changed'; readonly id: string } & Pick<BatchItem, 'status'>)
  | { readonly type: 'ticket-not-saved' }
  | { readonly type: 'retried'; readonly ids: readonly string[]; readonly isAsItIs?: true }
  | { readonly type: 'dismissed'; readonly id: string }
  /** Adds the exchanges that are pending in this browser. */
  | { readonly type: 'pending-added'; readonly pending: readonly PendingExchange[] }
  /** Compares the items with the history. */
  | { readonly type: 'synced'; readonly entries: readonly HistoryEntry[] }
  | { readonly type: 'ticket-state'; readonly ticket: string; readonly state: TicketState }
  | { readonly type: 'paused'; readonly seconds: number }
  | { readonly type: 'resumed' };
