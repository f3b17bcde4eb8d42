/** Keeps the list of our exchanges up to date while somebody looks at it. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { failureOf } from '../failures.ts';
import { canChange, type EntryEnd, type HistoryEntry } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';
import { pauseOrOnline } from '../transfer/download.ts';

export interface RefreshOptions {
  readonly client: Pick<Client, 'ticket'>;
  readonly store: Pick<LocalStore, 'entries' | 'update' | 'markEnded'>;
  readonly signal: AbortSignal;
  /** Calls back after each round with whether the service could be reached. */
  readonly onReachable: (isReached: boolean) => void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Between two rounds, in milliseconds. */
export const refreshIntervalMs = 20_000;
/** How many are asked for when the list opens, and how many again and again: the newest. */
export const maxFirstRound = 120;
export const maxLaterRound = 24;
const maxConcurrent = 4;

/** Asks for what may have changed, now and from time to time, until the signal. */
export async function refreshPeriodically(options: RefreshOptions): Promise<void> {
  const { signal, pause = pauseOrOnline } = options;
  for (let most = maxFirstRound; !signal.aborted; most = maxLaterRound) {
    await refresh(options, most);
    await pause(refreshIntervalMs, signal);
  }
}

async function refresh(options: RefreshOptions, most: number): Promise<void> {
  const { store, signal, onReachable } = options;
  // Of what has landed only thanks may still come.
  const isLate = ({ fate }: HistoryEntry) => Number(fate === 'landed');
  const asked = store.entries().filter(canChange);
  const first = asked.toSorted((one, other) => isLate(one) - isLate(other)).slice(0, most);
  const tickets = first.map(({ key }) => key).values();
  let isReached = true;
  const work = async () => {
    // All of them take from the same row; when the line is down there is no use in asking for the rest.
    for (const ticket of tickets) {
      isReached = (await ask(options, ticket)) && isReached;
      if (signal.aborted || !isReached) return;
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, work));
  if (!signal.aborted) onReachable(isReached);
}

/** Answers whether there is use in asking for more. */
async function ask({ client, store, signal }: RefreshOptions, ticket: string): Promise<boolean> {
  try {
    saveTicketStatus(store, ticket, await client.ticket(ticket, { signal }));
    return true;
  } catch (error) {
    if (failureOf(error).code !== 'ticket-unknown') return false;
    markEnded(store, ticket, 'gone');
    store.update(ticket, { forgotten: true });
    return true;
  }
}

/** What a ticket's status tells for the list. A draw that was spent is not noted: its parcel may lie on the counter unsaved. */
export function saveTicketStatus(
  store: RefreshOptions['store'],
  ticket: string,
  { state, gift: { fate, thanks } }: TicketStatus,
): void {
  store.update(ticket, { fate, thanks });
  if (state === 'withdrawn' || state === 'expired') markEnded(store, ticket, state);
}

function markEnded(store: RefreshOptions['store'], ticket: string, end: EntryEnd): void {
  const exchange = store.entries().find(({ key }) => key === ticket)?.exchange;
  if (exchange) store.markEnded({ exchange }, end);
}
