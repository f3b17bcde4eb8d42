/** Watches a ticket until its draw comes: by its stream of events, and by asking again where a stream cannot be trusted. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { endsTicket, failureOf } from '../failures.ts';
import type { ExchangeEvent } from '../state/exchange.ts';
import { listenToEvents } from '../transfer/event-source.ts';

export interface TicketHandlers {
  /** What the exchange has come to. */
  onEvent(event: ExchangeEvent): void;
  /** How the ticket and our own gift stand. */
  onStatus(status: TicketStatus): void;
  /** Whether the service can be reached. */
  onReachable(isReached: boolean): void;
}

/** A stream that died without a word is not noticed for this long, in milliseconds. */
const slowly = 60_000;
const retries = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** Looks at once, and then whenever there is reason to; ends with the signal. */
export function watchTicket(
  client: Client,
  ticket: string,
  handlers: TicketHandlers,
  signal: AbortSignal,
): void {
  let isListening = false;
  const onEvent = (event: ExchangeEvent) => {
    handlers.onEvent(event);
    // Only now: most tickets draw at once, and every open stream costs the browser one of its few connections.
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

/** Looks one at a time; a call that comes meanwhile makes it look once more afterwards. */
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
 * Draws, unless the ticket stands in line: then its turn is told, and a draw would only be refused. Answers whether the
 * service could be reached.
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
