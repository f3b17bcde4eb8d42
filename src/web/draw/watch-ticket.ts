/** Watches a ticket until it has drawn: by server-sent events, and by polling in case the stream has died silently. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { endsTicket, failureOf } from '../failures.ts';
import type { ExchangeEvent } from '../state/exchange.ts';
import { listenToEvents } from '../transfer/event-source.ts';

export interface TicketHandlers {
  /** Reports the next event of the exchange. */
  onEvent(event: ExchangeEvent): void;
  /** Reports the state of the ticket and of our gift. */
  onStatus(status: TicketStatus): void;
  /** Reports whether the service answers. */
  onReachable(isReached: boolean): void;
}

/** Interval of polling beside an open stream, in milliseconds. */
const slowly = 60_000;
const retries = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** Checks at once and after each sign of a change, until the signal aborts. */
export function watchTicket(
  client: Client,
  ticket: string,
  handlers: TicketHandlers,
  signal: AbortSignal,
): void {
  let isListening = false;
  const onEvent = (event: ExchangeEvent) => {
    handlers.onEvent(event);
    // Open the stream late: most tickets draw at once, and a stream takes one of the browser's few connections.
    if (event.type !== 'pool-empty' || isListening) return;
    isListening = true;
    listenToEvents(client.eventsUrl({ ticket }), 'ticket', { onMessage }, signal);
  };
  const look = looker(client, ticket, { ...handlers, onEvent }, signal);
  const onMessage = (status: TicketStatus) => {
    handlers.onReachable(true);
    handlers.onStatus(status);
    if (status.state !== 'waiting') look();
  };
  addEventListener('online', look, { signal });
  addEventListener('pageshow', look, { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'visible') look();
    },
    { signal },
  );
  look();
}

/** Runs one check at a time; a call during a check leads to one more. */
function looker(
  client: Client,
  ticket: string,
  handlers: TicketHandlers,
  signal: AbortSignal,
): () => void {
  let isLooking = false;
  let isCalled = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const later = () => {
    if (signal.aborted) return;
    if (isCalled) look();
    else timer = setTimeout(look, failures > 0 ? (retries[failures - 1] ?? slowly) : slowly);
  };
  const look = () => {
    if (signal.aborted) return;
    isCalled = isLooking;
    if (isLooking) return;
    isLooking = true;
    clearTimeout(timer);
    void lookOnce(client, ticket, handlers, signal)
      .then((isReached) => {
        failures = isReached ? 0 : Math.min(failures + 1, retries.length);
      })
      .finally(() => {
        isLooking = false;
        later();
      });
  };
  return look;
}

/**
 * Draws, unless the ticket waits: then the stream tells its delivery, and a draw would be refused. Returns whether the
 * service answered.
 */
async function lookOnce(
  client: Client,
  ticket: string,
  { onEvent, onStatus, onReachable }: TicketHandlers,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const status = await client.ticket(ticket);
    if (signal.aborted) return true;
    onReachable(true);
    onStatus(status);
    const isInLine = status.state === 'waiting';
    const parcel = isInLine ? undefined : await client.draw(ticket, { signal });
    onEvent(parcel ? { type: 'drawn', parcel } : { type: 'pool-empty' });
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    const failure = failureOf(error);
    if (endsTicket(failure)) onEvent({ type: 'ended', failure });
    else onReachable(false);
    return endsTicket(failure);
  }
}
