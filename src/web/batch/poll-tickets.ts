/** Polls the tickets of a batch at a low rate while the page is visible. */
import type { Client } from '../../contract/client.ts';
import { endsTicket, failureOf } from '../failures.ts';
import { markEndedByTicket, saveTicketStatus } from '../history/refresh.ts';
import type { TicketState } from '../state/batch-item.ts';
import { endOf } from '../state/history.ts';
import type { Uploader } from '../state/services.ts';
import type { LocalStore } from '../state/storage.ts';
import { pauseOrOnline } from '../transfer/download.ts';

interface PollOptions {
  readonly client: Pick<Client, 'ticket' | 'draw'>;
  readonly store: Pick<LocalStore, 'entries' | 'update' | 'markEnded'>;
  readonly uploader: Pick<Uploader, 'batch' | 'setTicketState' | 'syncWithHistory'>;
  readonly signal: AbortSignal;
  /** Reports after each round whether the service answered. */
  readonly onReachable?: (isReached: boolean) => void;
  readonly pause?: typeof pauseOrOnline;
}

export const pollIntervalMs = 3_000;
const maxConcurrent = 4;

/** The tickets of a round: all, or those that wait. */
export type PollRound = 'all' | 'waiting';

/** Returns a function that requests a round: at once, or after the interval. */
export function createTicketPoller(options: PollOptions): (round: PollRound) => void {
  const { signal, pause = pauseOrOnline } = options;
  let requested: PollRound | undefined;
  let isPolling = false;
  const poll = async () => {
    isPolling = true;
    while (requested && !signal.aborted) {
      const round = requested;
      requested = undefined;
      await runRound(options, round);
      await pause(pollIntervalMs, signal);
    }
    isPolling = false;
  };
  return (round) => {
    requested = requested === 'all' ? 'all' : round;
    if (!isPolling) void poll();
  };
}

/** A failed round is repeated by the next request. */
async function runRound(options: PollOptions, round: PollRound): Promise<void> {
  try {
    const waiting = ticketsOf(options.uploader, (state) => state === 'waiting');
    if (round === 'all') {
      const notWaiting = ticketsOf(options.uploader, (state) => state !== 'waiting');
      for (const some of groupsOf(notWaiting)) await pollGroup(options, some);
    }
    await pollWaiting(options, waiting);
    await drawFirst(options);
    options.onReachable?.(true);
  } catch {
    // Nothing is lost: the tickets stay valid.
    if (!options.signal.aborted) options.onReachable?.(false);
  } finally {
    options.uploader.syncWithHistory();
  }
}

/** Waiting tickets are served in order: if none of a group was served, no later one was. */
async function pollWaiting(options: PollOptions, tickets: readonly string[]): Promise<void> {
  for (const some of groupsOf(tickets)) {
    const states = await pollGroup(options, some);
    if (states.every((state) => state === 'waiting')) return;
  }
}

const pollGroup = (options: PollOptions, tickets: readonly string[]) =>
  Promise.all(tickets.map((ticket) => pollTicket(options, ticket)));

async function pollTicket(options: PollOptions, ticket: string): Promise<TicketState | undefined> {
  const { client, store, uploader, signal } = options;
  signal.throwIfAborted();
  try {
    const status = await client.ticket(ticket, { signal });
    uploader.setTicketState(ticket, status.state);
    saveTicketStatus(store, ticket, status);
    if (status.state === 'spent') markEndedByTicket(store, ticket, 'received');
    return status.state;
  } catch (error) {
    const failure = failureOf(error);
    if (!endsTicket(failure)) throw error;
    markEndedByTicket(store, ticket, endOf(failure));
    return undefined;
  }
}

/**
 * Draws with one open ticket, to learn whether the pool has a file. One only: a drawn file is kept from other
 * receivers.
 */
async function drawFirst({ client, store, uploader, signal }: PollOptions): Promise<void> {
  const inProgress = ticketsOf(uploader, (state) => state !== 'open' && state !== 'spent');
  const [first] = ticketsOf(uploader, (state) => state === 'open');
  if (inProgress.length > 0 || first === undefined) return;
  signal.throwIfAborted();
  const parcel = await client.draw(first, { signal });
  if (parcel) store.update(first, { parcel });
  uploader.setTicketState(first, parcel ? 'drawn' : 'waiting');
}

function ticketsOf(
  { batch }: PollOptions['uploader'],
  isWanted: (state: TicketState | undefined) => boolean,
): string[] {
  return batch.items.flatMap(({ status }) =>
    status.name === 'given' && isWanted(status.ticket) ? status.exchange.ticket : [],
  );
}

function* groupsOf(tickets: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < tickets.length; at += maxConcurrent) yield tickets.slice(at, at + maxConcurrent);
}
