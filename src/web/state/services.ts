import type { Client } from '../../contract/client.ts';
import type { BatchUploader } from '../batch/uploader.ts';
import type { LocalStore } from './storage.ts';

/** What the parts of the page work with: the service, what this browser keeps, and what is on its way. */
export interface Services {
  readonly client: Client;
  readonly store: LocalStore;
  /** Hands many files over, whatever the stage shows meanwhile. */
  readonly uploader: BatchUploader;
}
