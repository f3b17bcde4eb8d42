import type { Client } from '../../contract/client.ts';
import type { FileSelection } from '../files/types.ts';
import type { Batch } from './batch.ts';
import type { TicketState } from './batch-item.ts';
import type { Exchange } from './exchange.ts';
import type { LocalStore } from './storage.ts';
import type { UploadRecords } from './upload-records.ts';

/** Dependencies of the components: the API, local storage, the uploader, and the records of uploads. */
export interface Services {
  readonly client: Client;
  readonly store: LocalStore;
  readonly uploader: Uploader;
  readonly uploads: UploadRecords;
}

/** Uploads a batch of files in the background, independent of what the stage shows. */
export interface Uploader {
  readonly batch: Batch;
  /** Calls the listener after each change, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Queues files; those over `maxSize` bytes are refused without a request. */
  add(selection: FileSelection, maxSize?: number): void;
  /** Adds the exchanges that are pending in this browser. */
  addPending(): void;
  /** Marks the items whose exchange has ended elsewhere on the page. */
  syncWithHistory(): void;
  /** Queues failed, cancelled and duplicate items again; a duplicate is then uploaded. */
  retry(ids: readonly string[]): void;
  /** Queues a refused item again, and lets its metadata stay. */
  giveAsItIs(id: string): void;
  cancel(ids: readonly string[]): void;
  /** Removes an item from the list. */
  dismiss(id: string): void;
  setTicketState(ticket: string, state: TicketState): void;
  /** Makes a gift known that later files are compared with. */
  addEarlierGift(exchange: Exchange): void;
  /** Empties the batch, unless an upload is pending. */
  clear(): void;
}
