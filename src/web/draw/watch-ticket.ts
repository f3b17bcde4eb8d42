/** Watches a ticket until it has drawn: by server-sent events, and by polling in case the stream has died silently. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { endsTicket, failureOf } from '../failures.ts';
import type { ExchangeEvent } from '../state/exchange.ts';
import { listenToEvents } from '../transfer/event-source.ts';
import { runInOneTab } from '../transfer/one-tab.ts';

interface TicketHandlers {
  /** Reports the next event of the exchange. */
  onEvent(event: ExchangeEvent): void;
  /** Reports the state of the ticket and of our gift. */
  onStatus(status: TicketStatus): void;
  /** Reports whether the service answers. */
  onReachable(isReached: boolean): void;
}

/** Interval of polling beside an open stream or in a hidden tab, and without a stream, in milliseconds. */
const pollIntervalMs = 60_000;
const streamlessIntervalMs = 10_000;
const retryDelaysMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** Checks at once and after each sign of a change, until the signal aborts. Answers how to check at any time. */
export function watchTicket(client: Client, ticket: string, handlers: TicketHandlers, signal: AbortSignal): () => void {
  let isListening = false;
  let stream: AbortController | undefined;
  let hasStream = false;
  const onEvent = (event: ExchangeEvent) => {
    handlers.onEvent(event);
    // Open the stream late: most tickets draw at once, and a stream takes one of the browser's few connections.
    if (event.type !== 'pool-empty' || isListening) return;
    isListening = true;
    listenWhileVisible();
  };
  const isVisible = () => document.visibilityState === 'visible';
  const listenWhileVisible = () => {
    stream?.abort();
    hasStream = false;
    if (!isListening || signal.aborted || !isVisible()) return;
    const opened = new AbortController();
    stream = opened;
    const listen = () => {
      hasStream = true;
      listenToEvents(client.eventsUrl({ ticket }), 'ticket', { onMessage, onGap: check }, opened.signal);
    };
    runInOneTab('exchange.ticket-stream', listen, opened.signal);
  };
  signal.addEventListener('abort', () => stream?.abort(), { once: true });
  const interval = () => (hasStream || !isListening || !isVisible() ? pollIntervalMs : streamlessIntervalMs);
  const check = createChecker(client, ticket, { ...handlers, onEvent }, interval, signal);
  const onMessage = (status: TicketStatus) => {
    handlers.onReachable(true);
    handlers.onStatus(status);
    if (status.state !== 'waiting') check();
  };
  addEventListener('online', check, { signal });
  addEventListener('pageshow', check, { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      listenWhileVisible();
      if (isVisible()) check();
    },
    { signal },
  );
  check();
  return check;
}

/** Runs one check at a time; a call during a check leads to one more. */
function createChecker(
  client: Client,
  ticket: string,
  handlers: TicketHandlers,
  interval: () => number,
  signal: AbortSignal,
): () => void {
  let isChecking = false;
  let isRequested = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const scheduleNext = () => {
    if (signal.aborted) return;
    if (isRequested) check();
    else timer = setTimeout(check, failures > 0 ? (retryDelaysMs[failures - 1] ?? pollIntervalMs) : interval());
  };
  const check = () => {
    if (signal.aborted) return;
    isRequested = isChecking;
    if (isChecking) return;
    isChecking = true;
    clearTimeout(timer);
    void checkOnce(client, ticket, handlers, signal)
      .then((isReached) => {
        failures = isReached ? 0 : Math.min(failures + 1, retryDelaysMs.length);
      })
      .finally(() => {
        isChecking = false;
        scheduleNext();
      });
  };
  return check;
}

/**
 * Draws, unless the ticket waits: then the stream tells its delivery, and a draw would be refused. Returns whether the
 * service answered.
 */
async function checkOnce(
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
    const isWaiting = status.state === 'waiting';
    const parcel = isWaiting ? undefined : await client.draw(ticket, { signal });
    onEvent(parcel ? { type: 'drawn', parcel } : { type: 'pool-empty' });
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    const failure = failureOf(error);
    const isDelayed = failure.code === 'draw-delayed';
    if (endsTicket(failure)) onEvent({ type: 'ended', failure });
    else if (isDelayed) onEvent({ type: 'pool-empty' });
    else onReachable(false);
    return isDelayed || endsTicket(failure);
  }
}
