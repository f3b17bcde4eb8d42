/** How the tickets of a batch stand, asked gently while somebody looks at them. */
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

/** Between two rounds, in milliseconds. */
export const pollIntervalMs = 3_000;
const maxConcurrent = 4;

/** What a round asks for: every ticket, or those that wait. */
export type PollRound = 'all' | 'waiting';

/** Answers what makes it look once more: at once, or when the last look is long enough ago. */
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

/** When the line is down, the next round will tell. */
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
    // Nothing was lost: the tickets are good whether we know of them or not.
  } finally {
    looking.uploader.syncWithHistory();
  }
}

/** Those who wait are served in order: where nobody of a group was, nobody behind it was either. */
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
 * One ticket of ours draws ahead, so that the page can tell whether there is anything to open, and its turn is told when
 * there is not. One only: what is drawn and not fetched is kept from others.
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
