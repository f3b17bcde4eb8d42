import type { Client } from '../../contract/client.ts';
import type { Run } from '../batch/uploader.ts';
import type { Keep } from './storage.ts';

/** What the parts of the page work with: the service, what this browser keeps, and what is on its way. */
export interface Tools {
  readonly client: Client;
  readonly keep: Keep;
  /** Hands many files over, whatever the stage shows meanwhile. */
  readonly run: Run;
}
