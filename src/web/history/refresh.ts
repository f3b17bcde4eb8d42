/** Polls the tickets of the history while it is visible. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { failureOf } from '../failures.ts';
import { canChange, type EntryEnd, type HistoryEntry } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';
import { pauseOrOnline } from '../transfer/download.ts';

interface RefreshOptions {
  readonly client: Pick<Client, 'ticket'>;
  readonly store: Pick<LocalStore, 'entries' | 'update' | 'markEnded'>;
  readonly signal: AbortSignal;
  /** Reports after each round whether the service answered. */
  readonly onReachable: (isReached: boolean) => void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export const refreshIntervalMs = 20_000;
/** Tickets polled in the first round and in each later one: the newest. */
export const maxFirstRound = 120;
export const maxLaterRound = 24;
const maxConcurrent = 4;

/** Polls in rounds until the signal aborts. */
export async function refreshPeriodically(options: RefreshOptions): Promise<void> {
  const { signal, pause = pauseOrOnline } = options;
  for (let max = maxFirstRound; !signal.aborted; max = maxLaterRound) {
    await runRound(options, max);
    await pause(refreshIntervalMs, signal);
  }
}

async function runRound(options: RefreshOptions, max: number): Promise<void> {
  const { store, signal, onReachable } = options;
  // Poll delivered gifts last: only thanks may still come.
  const isDelivered = ({ fate }: HistoryEntry) => Number(fate === 'landed');
  const changeable = store.entries().filter(canChange);
  const first = changeable.toSorted((one, other) => isDelivered(one) - isDelivered(other)).slice(0, max);
  const tickets = first.map(({ key }) => key).values();
  let isReached = true;
  const work = async () => {
    // The workers share one iterator. If the service does not answer, all of them stop.
    for (const ticket of tickets) {
      isReached = (await pollTicket(options, ticket)) && isReached;
      if (signal.aborted || !isReached) return;
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, work));
  if (!signal.aborted) onReachable(isReached);
}

/** Delivered gifts that are polled at the start of the page: the newest. */
const maxForThanks = 5;

/** Polls delivered gifts once, since thanks may have come while the page was closed. */
export async function refreshDelivered(options: Omit<RefreshOptions, 'onReachable'>): Promise<void> {
  const { store, signal } = options;
  const delivered = store.entries().filter((entry) => entry.fate === 'landed' && canChange(entry));
  for (const { key } of delivered.slice(0, maxForThanks))
    if (signal.aborted || !(await pollTicket(options, key))) return;
}

/** Returns false if the round should end. */
async function pollTicket(
  { client, store, signal }: Omit<RefreshOptions, 'onReachable'>,
  ticket: string,
): Promise<boolean> {
  try {
    saveTicketStatus(store, ticket, await client.ticket(ticket, { signal }));
    return true;
  } catch (error) {
    if (failureOf(error).code !== 'ticket-unknown') return false;
    markEndedByTicket(store, ticket, 'gone');
    store.update(ticket, { forgotten: true });
    return true;
  }
}

/** Stores a ticket's status in the history. Ignores `spent`: the delivery may be unsaved on the stage. */
export function saveTicketStatus(store: RefreshOptions['store'], ticket: string, status: TicketStatus): void {
  const {
    state,
    gift: { fate, thanks },
  } = status;
  store.update(ticket, { fate, thanks, endsAt: endOfWaiting(status), ticket: state });
  if (state === 'withdrawn' || state === 'expired') markEndedByTicket(store, ticket, state);
}

/** When a ticket or its waiting gift ends, whichever is first; undefined if neither can. */
export function endOfWaiting({ state, expires_at, gift }: TicketStatus): string | undefined {
  const ends = [
    ...(state === 'open' || state === 'waiting' ? [expires_at] : []),
    ...(gift.fate === 'waiting' ? [gift.expires_at] : []),
  ];
  return ends.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0];
}

/** Ends the entry of a ticket, if there is one. */
export function markEndedByTicket(store: RefreshOptions['store'], ticket: string, end: EntryEnd): void {
  const exchange = store.entries().find(({ key }) => key === ticket)?.exchange;
  if (exchange) store.markEnded({ exchange }, end);
}
