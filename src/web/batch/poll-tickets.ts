/** Polls the tickets of a batch at a low rate while the page is visible. */
import type { Client } from '../../contract/client.ts';
import { endsTicket, failureOf } from '../failures.ts';
import { saveTicketStatus } from '../history/refresh.ts';
import type { TicketState } from '../state/batch-item.ts';
import { type EntryEnd, endOf } from '../state/history.ts';
import type { Uploader } from '../state/services.ts';
import type { LocalStore } from '../state/storage.ts';
import { pauseOrOnline } from '../transfer/download.ts';

export interface PollOptions {
  readonly client: Pick<Client, 'ticket' | 'draw'>;
  readonly store: Pick<LocalStore, 'entries' | 'update' | 'markEnded'>;
  readonly uploader: Pick<Uploader, 'batch' | 'setTicketState' | 'syncWithHistory'>;
  readonly signal: AbortSignal;
  readonly pause?: typeof pauseOrOnline;
}

export const pollIntervalMs = 3_000;
const maxConcurrent = 4;

/** The tickets of a round: all, or those that wait. */
export type PollRound = 'all' | 'waiting';

/** Returns a function that requests a round: at once, or after the interval. */
export function createTicketPoller(looking: PollOptions): (round: PollRound) => void {
  const { signal, pause = pauseOrOnline } = looking;
  let wanted: PollRound | undefined;
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    while (wanted && !signal.aborted) {
      const round = wanted;
      wanted = undefined;
      await lookOnce(looking, round);
      await pause(pollIntervalMs, signal);
    }
    isLooking = false;
  };
  return (round) => {
    wanted = wanted === 'all' ? 'all' : round;
    if (!isLooking) void look();
  };
}

/** A failed round is repeated by the next request. */
async function lookOnce(looking: PollOptions, round: PollRound): Promise<void> {
  try {
    const inLine = ticketsOf(looking.uploader, (state) => state === 'waiting');
    if (round === 'all') {
      const others = ticketsOf(looking.uploader, (state) => state !== 'waiting');
      for (const some of inGroups(others)) await askGroup(looking, some);
    }
    await askInLine(looking, inLine);
    await standInLine(looking);
  } catch {
    // Nothing is lost: the tickets stay valid.
  } finally {
    looking.uploader.syncWithHistory();
  }
}

/** Waiting tickets are served in order: if none of a group was served, no later one was. */
async function askInLine(looking: PollOptions, tickets: readonly string[]): Promise<void> {
  for (const some of inGroups(tickets)) {
    const states = await askGroup(looking, some);
    if (states.every((state) => state === 'waiting')) return;
  }
}

const askGroup = (looking: PollOptions, tickets: readonly string[]) =>
  Promise.all(tickets.map((ticket) => ask(looking, ticket)));

async function ask(looking: PollOptions, ticket: string): Promise<TicketState | undefined> {
  const { client, store, uploader, signal } = looking;
  signal.throwIfAborted();
  try {
    const status = await client.ticket(ticket, { signal });
    uploader.setTicketState(ticket, status.state);
    saveTicketStatus(store, ticket, status);
    if (status.state === 'spent') markEnded(store, ticket, 'received');
    return status.state;
  } catch (error) {
    const failure = failureOf(error);
    if (!endsTicket(failure)) throw error;
    markEnded(store, ticket, endOf(failure));
    return undefined;
  }
}

function markEnded(store: PollOptions['store'], ticket: string, end: EntryEnd): void {
  const exchange = store.entries().find(({ key }) => key === ticket)?.exchange;
  if (exchange) store.markEnded({ exchange }, end);
}

/**
 * Draws with one open ticket, to learn whether the pool has a file. One only: a drawn file is kept from other
 * receivers.
 */
async function standInLine({ client, store, uploader, signal }: PollOptions): Promise<void> {
  const ahead = ticketsOf(uploader, (state) => state !== 'open' && state !== 'spent');
  const [first] = ticketsOf(uploader, (state) => state === 'open');
  if (ahead.length > 0 || first === undefined) return;
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

function* inGroups(tickets: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < tickets.length; at += maxConcurrent)
    yield tickets.slice(at, at + maxConcurrent);
}
