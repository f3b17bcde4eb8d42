/** One file of a batch and its status. */
import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Failure } from '../failures.ts';
import type { Exchange, KeyedFile, Parcel, PendingExchange } from './exchange.ts';
import type { EntryEnd } from './history.ts';

export type TicketState = TicketStatus['state'];

export type ItemStatus =
  | { readonly name: 'queued' }
  | { readonly name: 'sending'; readonly share: number; readonly isAgain: boolean }
  | { readonly name: 'given'; readonly exchange: Exchange; readonly ticket?: TicketState }
  /** A delivery of a free draw that is not saved yet. */
  | { readonly name: 'taken'; readonly parcel: Parcel }
  /** The exchange is over. */
  | { readonly name: 'ended'; readonly end: EntryEnd }
  /** The file has the same bytes as the file named `of`. */
  | { readonly name: 'duplicate'; readonly of: string }
  | { readonly name: 'refused' | 'failed' | 'cancelled'; readonly failure: Failure };

export interface BatchItem {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Missing for an exchange of an earlier visit, whose file is no longer at hand. */
  readonly keyedFile?: KeyedFile;
  /** True if the giver chose to give a duplicate. */
  readonly isConfirmed?: boolean;
  readonly status: ItemStatus;
}

/** The exchange of an item that can be shown on the stage, if it has not ended. */
export function pendingFor({ status }: BatchItem): PendingExchange | undefined {
  if (status.name === 'given') return { exchange: status.exchange };
  return status.name === 'taken' ? { parcel: status.parcel } : undefined;
}

/** True if its bytes are being sent or wait for that. */
export const isUploading = ({ status: { name } }: BatchItem): boolean => name === 'queued' || name === 'sending';

/** True if the visitor can still do something about it. */
export const isUnfinished = (item: BatchItem): boolean =>
  isUploading(item) || item.status.name === 'failed' || pendingFor(item) !== undefined;

/** True if the service has accepted the gift, whatever happened to it later. */
export const wasGiven = ({ status: { name } }: BatchItem): boolean => name === 'given' || name === 'ended';

/** False once all bytes are sent: the gift may be pooled already, and "nothing was kept" would be a guess. */
export const isCancellable = ({ status }: BatchItem): boolean =>
  status.name === 'queued' || (status.name === 'sending' && status.share < 1);
