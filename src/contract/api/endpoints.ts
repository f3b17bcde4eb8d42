/** The HTTP contract as data: all endpoints. */
import { accountEndpoints } from './account-endpoints.ts';
import { deskEndpoints } from './desk-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { exchangeEndpoints } from './exchange-endpoints.ts';
import { historyEndpoints } from './history-endpoints.ts';
import { operationsEndpoints } from './operations-endpoints.ts';
import { pageEndpoints } from './page-endpoints.ts';
import { roomEndpoints } from './rooms/room-endpoints.ts';
import { statusEndpoints } from './status-endpoints.ts';

export const endpoints = [
  ...pageEndpoints,
  ...exchangeEndpoints,
  ...statusEndpoints,
  ...roomEndpoints,
  ...accountEndpoints,
  ...historyEndpoints,
  ...deskEndpoints,
  ...operationsEndpoints,
] as const satisfies readonly Endpoint[];

export type EndpointName = (typeof endpoints)[number]['name'];
