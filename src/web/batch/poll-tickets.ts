/** How the tickets of a batch stand, asked gently while somebody looks at them. */
import type { Client } from '../../contract/client.ts';
import { isEnd, whyOf } from '../failures.ts';
import { noteStatus } from '../history/refresh.ts';
import type { TicketState } from '../state/batch-item.ts';
import { type End, endOf } from '../state/history.ts';
import type { Keep } from '../state/storage.ts';
import { pauseOnline } from '../transfer/download.ts';
import type { Run } from './uploader.ts';

export interface Looking {
  readonly client: Pick<Client, 'ticket' | 'draw'>;
  readonly keep: Pick<Keep, 'entries' | 'note' | 'settle'>;
  readonly run: Pick<Run, 'batch' | 'see' | 'compare'>;
  readonly signal: AbortSignal;
  readonly pause?: typeof pauseOnline;
}

/** Between two rounds, in milliseconds. */
export const interval = 3_000;
const mostAtOnce = 4;

/** What a round asks for: every ticket, or those that wait. */
export type Round = 'all' | 'waiting';

/** Answers what makes it look once more: at once, or when the last look is long enough ago. */
export function createLook(looking: Looking): (round: Round) => void {
  const { signal, pause = pauseOnline } = looking;
  let wanted: Round | undefined;
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    while (wanted && !signal.aborted) {
      const round = wanted;
      wanted = undefined;
      await lookOnce(looking, round);
      await pause(interval, signal);
    }
    isLooking = false;
  };
  return (round) => {
    wanted = wanted === 'all' ? 'all' : round;
    if (!isLooking) void look();
  };
}

/** When the line is down, the next round will tell. */
async function lookOnce(looking: Looking, round: Round): Promise<void> {
  try {
    const inLine = ticketsOf(looking.run, (state) => state === 'waiting');
    if (round === 'all') {
      const others = ticketsOf(looking.run, (state) => state !== 'waiting');
      for (const some of inGroups(others)) await askGroup(looking, some);
    }
    await askInLine(looking, inLine);
    await standInLine(looking);
  } catch {
    // Nothing was lost: the tickets are good whether we know of them or not.
  } finally {
    looking.run.compare();
  }
}

/** Those who wait are served in order: where nobody of a group was, nobody behind it was either. */
async function askInLine(looking: Looking, tickets: readonly string[]): Promise<void> {
  for (const some of inGroups(tickets)) {
    const states = await askGroup(looking, some);
    if (states.every((state) => state === 'waiting')) return;
  }
}

const askGroup = (looking: Looking, tickets: readonly string[]) =>
  Promise.all(tickets.map((ticket) => ask(looking, ticket)));

async function ask(looking: Looking, ticket: string): Promise<TicketState | undefined> {
  const { client, keep, run, signal } = looking;
  signal.throwIfAborted();
  try {
    const status = await client.ticket(ticket, { signal });
    run.see(ticket, status.state);
    noteStatus(keep, ticket, status);
    if (status.state === 'spent') settle(keep, ticket, 'received');
    return status.state;
  } catch (error) {
    const why = whyOf(error);
    if (!isEnd(why)) throw error;
    settle(keep, ticket, endOf(why));
    return undefined;
  }
}

function settle(keep: Looking['keep'], ticket: string, end: End): void {
  const exchange = keep.entries().find(({ key }) => key === ticket)?.exchange;
  if (exchange) keep.settle({ exchange }, end);
}

/**
 * One ticket of ours draws ahead, so that the page can tell whether there is anything to open, and its turn is told when
 * there is not. One only: what is drawn and not fetched is kept from others.
 */
async function standInLine({ client, keep, run, signal }: Looking): Promise<void> {
  const ahead = ticketsOf(run, (state) => state !== 'open' && state !== 'spent');
  const [first] = ticketsOf(run, (state) => state === 'open');
  if (ahead.length > 0 || first === undefined) return;
  signal.throwIfAborted();
  const parcel = await client.draw(first, { signal });
  if (parcel) keep.note(first, { parcel });
  run.see(first, parcel ? 'drawn' : 'waiting');
}

function ticketsOf(
  { batch }: Looking['run'],
  isWanted: (state: TicketState | undefined) => boolean,
): string[] {
  return batch.items.flatMap(({ standing }) =>
    standing.name === 'given' && isWanted(standing.ticket) ? standing.exchange.ticket : [],
  );
}

function* inGroups(tickets: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < tickets.length; at += mostAtOnce) yield tickets.slice(at, at + mostAtOnce);
}
