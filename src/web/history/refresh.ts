/** Keeps the list of our exchanges up to date while somebody looks at it. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { whyOf } from '../failures.ts';
import { type End, type Entry, mayChange } from '../state/history.ts';
import type { Keep } from '../state/storage.ts';
import { pauseOnline } from '../transfer/download.ts';

export interface Refreshing {
  readonly client: Pick<Client, 'ticket'>;
  readonly keep: Pick<Keep, 'entries' | 'note' | 'settle'>;
  readonly signal: AbortSignal;
  /** Calls back after each round with whether the service could be reached. */
  readonly reached: (isReached: boolean) => void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Between two rounds, in milliseconds. */
export const interval = 20_000;
/** How many are asked for when the list opens, and how many again and again: the newest. */
export const mostAtFirst = 120;
export const mostAgain = 24;
const mostAtOnce = 4;

/** Asks for what may have changed, now and from time to time, until the signal. */
export async function keepFresh(refreshing: Refreshing): Promise<void> {
  const { signal, pause = pauseOnline } = refreshing;
  for (let most = mostAtFirst; !signal.aborted; most = mostAgain) {
    await refresh(refreshing, most);
    await pause(interval, signal);
  }
}

async function refresh(refreshing: Refreshing, most: number): Promise<void> {
  const { keep, signal, reached } = refreshing;
  // Of what has landed only thanks may still come.
  const isLate = ({ fate }: Entry) => Number(fate === 'landed');
  const asked = keep.entries().filter(mayChange);
  const first = asked.toSorted((one, other) => isLate(one) - isLate(other)).slice(0, most);
  const tickets = first.map(({ key }) => key).values();
  let isReached = true;
  const work = async () => {
    // All of them take from the same row; when the line is down there is no use in asking for the rest.
    for (const ticket of tickets) {
      isReached = (await ask(refreshing, ticket)) && isReached;
      if (signal.aborted || !isReached) return;
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, work));
  if (!signal.aborted) reached(isReached);
}

/** Answers whether there is use in asking for more. */
async function ask({ client, keep, signal }: Refreshing, ticket: string): Promise<boolean> {
  try {
    noteStatus(keep, ticket, await client.ticket(ticket, { signal }));
    return true;
  } catch (error) {
    if (whyOf(error).code !== 'ticket-unknown') return false;
    settle(keep, ticket, 'gone');
    keep.note(ticket, { forgotten: true });
    return true;
  }
}

/** What a ticket's status tells for the list. A draw that was spent is not noted: its parcel may lie on the counter unsaved. */
export function noteStatus(
  keep: Refreshing['keep'],
  ticket: string,
  { state, gift: { fate, thanks } }: TicketStatus,
): void {
  keep.note(ticket, { fate, thanks });
  if (state === 'withdrawn' || state === 'expired') settle(keep, ticket, state);
}

function settle(keep: Refreshing['keep'], ticket: string, end: End): void {
  const exchange = keep.entries().find(({ key }) => key === ticket)?.exchange;
  if (exchange) keep.settle({ exchange }, end);
}
