import type { Client } from '../contract/client.ts';
import type { Keep } from './storage.ts';

/** What the parts of the page work with: the service, and what this browser keeps. */
export interface Tools {
  readonly client: Client;
  readonly keep: Keep;
}
