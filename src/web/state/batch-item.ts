/** One of many files, and how it stands. */
import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Failure } from '../failures.ts';
import type { Exchange, KeyedFile, Parcel, PendingExchange } from './exchange.ts';
import type { EntryEnd } from './history.ts';

export type TicketState = TicketStatus['state'];

export type ItemStatus =
  | { readonly name: 'queued' }
  | { readonly name: 'sending'; readonly share: number; readonly isAgain: boolean }
  | { readonly name: 'given'; readonly exchange: Exchange; readonly ticket?: TicketState }
  /** A stranger's file that was taken without giving, and is not saved yet. */
  | { readonly name: 'taken'; readonly parcel: Parcel }
  /** Nothing is owed for it any more. */
  | { readonly name: 'ended'; readonly end: EntryEnd }
  /** It has the same bytes as a file of that name. */
  | { readonly name: 'duplicate'; readonly of: string }
  | { readonly name: 'refused' | 'failed' | 'cancelled'; readonly failure: Failure };

export interface BatchItem {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Nothing for what this browser still knows from before. */
  readonly keyedFile?: KeyedFile;
  /** To be given although another has the same bytes. */
  readonly isConfirmed?: boolean;
  readonly status: ItemStatus;
}

/** What is owed for an item, and can be brought to the stage. */
export function pendingFor({ status }: BatchItem): PendingExchange | undefined {
  if (status.name === 'given') return { exchange: status.exchange };
  return status.name === 'taken' ? { parcel: status.parcel } : undefined;
}

/** Whether its bytes are on their way, or will be. */
export const isUploading = ({ status: { name } }: BatchItem): boolean =>
  name === 'queued' || name === 'sending';

/** Whether there is something left to do about it. */
export const isUnfinished = (item: BatchItem): boolean =>
  isUploading(item) || item.status.name === 'failed' || pendingFor(item) !== undefined;

/** Whether it has reached the exchange, whatever became of it there. */
export const wasGiven = ({ status: { name } }: BatchItem): boolean =>
  name === 'given' || name === 'ended';

/** False once all bytes are sent: the gift may be pooled already, and "nothing was kept" would be a guess. */
export const isCancellable = ({ status }: BatchItem): boolean =>
  status.name === 'queued' || (status.name === 'sending' && status.share < 1);
