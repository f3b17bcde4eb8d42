/** The state of many uploads: a pure reducer, so that each transition can be tested without a browser. */

import type { Batch } from '../state/batch.ts';
import { type BatchItem, type ItemStatus, pendingFor } from '../state/batch-item.ts';
import { type PendingExchange, pendingKey } from '../state/exchange.ts';
import type { HistoryEntry } from '../state/history.ts';
import { announcementFor } from './announcements.ts';
import type { BatchChange } from './types.ts';

export const emptyBatch: Batch = {
  items: [],
  leftOut: 0,
  unreadable: 0,
  isTruncated: false,
  hasUnsavedTicket: false,
};

/** Returns the batch after an event, with its announcement. */
export function reduceBatch(batch: Batch, event: BatchChange): Batch {
  const after = apply(batch, event);
  const announcement = announcementFor(event, batch, after);
  return announcement ? { ...after, announcement } : after;
}

function apply(batch: Batch, event: BatchChange): Batch {
  switch (event.type) {
    case 'added':
      return {
        ...batch,
        items: [...batch.items, ...event.items],
        leftOut: batch.leftOut + event.leftOut,
        unreadable: batch.unreadable + event.unreadable,
        isTruncated: batch.isTruncated || event.isTruncated,
      };
    case 'status-changed':
      return replace(batch, event.id, (item) => ({ ...item, status: event.status }));
    case 'ticket-not-saved':
      return { ...batch, hasUnsavedTicket: true };
    case 'retried':
      return event.ids.reduce((before, id) => replace(before, id, (item) => queuedAgain(item, event.isAsItIs)), batch);
    case 'dismissed':
      return { ...batch, items: batch.items.filter(({ id }) => id !== event.id) };
    case 'pending-added':
      return addPending(batch, event.pending);
    case 'synced':
      return syncWithHistory(batch, event.entries);
    case 'ticket-state':
      return { ...batch, items: batch.items.map((item) => setTicketState(item, event)) };
    case 'paused':
      return { ...batch, pauseSeconds: event.seconds };
    case 'resumed':
      return resume(batch);
  }
}

function replace(batch: Batch, id: string, by: (item: BatchItem) => BatchItem): Batch {
  return { ...batch, items: batch.items.map((item) => (item.id === id ? by(item) : item)) };
}

/** A retried duplicate counts as confirmed from then on. */
const queuedAgain = ({ keyedFile, ...item }: BatchItem, isAsItIs?: true): BatchItem => ({
  ...item,
  ...(keyedFile && { keyedFile: { ...keyedFile, ...(isAsItIs && { isAsItIs }) } }),
  isConfirmed: item.isConfirmed === true || item.status.name === 'duplicate',
  status: { name: 'queued' },
});

/** Puts the exchanges of earlier visits first. */
function addPending(batch: Batch, pending: readonly PendingExchange[]): Batch {
  const known = new Set(batch.items.map(itemKey));
  const added = pending.filter((one) => !known.has(pendingKey(one))).map(itemOf);
  return added.length === 0 ? batch : { ...batch, items: [...added, ...batch.items] };
}

const itemKey = (item: BatchItem): string | undefined => {
  const pending = pendingFor(item);
  return pending && pendingKey(pending);
};

/** Marks items whose entry has ended, and removes items whose entry was erased. */
function syncWithHistory(batch: Batch, entries: readonly HistoryEntry[]): Batch {
  const ends = new Map(entries.map(({ key, end }) => [key, end]));
  const items = batch.items.flatMap((item) => {
    const key = itemKey(item);
    if (key === undefined) return item;
    if (!ends.has(key)) return [];
    const end = ends.get(key);
    return end ? { ...item, status: { name: 'ended', end } as const } : item;
  });
  const isSame = items.length === batch.items.length && items.every((item, at) => item === batch.items[at]);
  return isSame ? batch : { ...batch, items };
}

function itemOf(pending: PendingExchange): BatchItem {
  const { name, size } = 'exchange' in pending ? pending.exchange.gift : pending.parcel;
  const status: ItemStatus =
    'exchange' in pending ? { name: 'given', exchange: pending.exchange } : { name: 'taken', parcel: pending.parcel };
  return { id: pendingKey(pending), name, size, status };
}

function setTicketState(item: BatchItem, { ticket, state }: Extract<BatchChange, { type: 'ticket-state' }>): BatchItem {
  const { status } = item;
  if (status.name !== 'given' || status.exchange.ticket !== ticket) return item;
  return { ...item, status: { ...status, ticket: state } };
}

function resume({ pauseSeconds: _over, ...batch }: Batch): Batch {
  return batch;
}
