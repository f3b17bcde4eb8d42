/** Many files on their way at once: what became of each, and of all together. Pure, so that every step can be tested. */

import { type Item, owedFor, type Standing, type TicketState } from '../state/batch-item.ts';
import { keyOf, type Owed } from '../state/exchange.ts';
import type { Entry } from '../state/history.ts';
import { type News, newsOf } from './announcements.ts';

export interface Batch {
  readonly items: readonly Item[];
  /** The exchange has asked us to wait so many seconds. */
  readonly held?: number;
  /** What did not come along from folders. */
  readonly leftOut: number;
  readonly unread: number;
  readonly isCut: boolean;
  /** A ticket could not be kept in this browser. */
  readonly isUnkept: boolean;
  /** What a listener should hear, the latest. */
  readonly news?: News;
}

export const emptyBatch: Batch = {
  items: [],
  leftOut: 0,
  unread: 0,
  isCut: false,
  isUnkept: false,
};

export type Change =
  | ({ readonly type: 'added'; readonly items: readonly Item[] } & Pick<
      Batch,
      'leftOut' | 'unread' | 'isCut'
    >)
  | ({ readonly type: 'stood'; readonly id: string } & Pick<Item, 'standing'>)
  | { readonly type: 'unkept' }
  | { readonly type: 'again'; readonly ids: readonly string[] }
  | { readonly type: 'dismissed'; readonly id: string }
  /** What is owed to this browser joins. */
  | { readonly type: 'met'; readonly owed: readonly Owed[] }
  /** What the list of all exchanges says of ours. */
  | { readonly type: 'compared'; readonly entries: readonly Entry[] }
  | { readonly type: 'seen'; readonly ticket: string; readonly state: TicketState }
  | { readonly type: 'held'; readonly seconds: number }
  | { readonly type: 'resumed' };

/** The batch after a change, with what is to be heard of it. */
export function change(batch: Batch, event: Change): Batch {
  const after = apply(batch, event);
  const news = newsOf(event, batch, after);
  return news ? { ...after, news } : after;
}

function apply(batch: Batch, event: Change): Batch {
  switch (event.type) {
    case 'added':
      return {
        ...batch,
        items: [...batch.items, ...event.items],
        leftOut: batch.leftOut + event.leftOut,
        unread: batch.unread + event.unread,
        isCut: batch.isCut || event.isCut,
      };
    case 'stood':
      return replace(batch, event.id, (item) => ({ ...item, standing: event.standing }));
    case 'unkept':
      return { ...batch, isUnkept: true };
    case 'again':
      return event.ids.reduce((before, id) => replace(before, id, asMeant), batch);
    case 'dismissed':
      return { ...batch, items: batch.items.filter(({ id }) => id !== event.id) };
    case 'met':
      return meet(batch, event.owed);
    case 'compared':
      return compare(batch, event.entries);
    case 'seen':
      return { ...batch, items: batch.items.map((item) => see(item, event)) };
    case 'held':
      return { ...batch, held: event.seconds };
    case 'resumed':
      return withoutHold(batch);
  }
}

function replace(batch: Batch, id: string, by: (item: Item) => Item): Batch {
  return { ...batch, items: batch.items.map((item) => (item.id === id ? by(item) : item)) };
}

/** A file that is the same as another goes on only by its giver's word, and does not have to be told twice. */
const asMeant = (item: Item): Item => ({
  ...item,
  isMeant: item.isMeant === true || item.standing.name === 'duplicate',
  standing: { name: 'queued' },
});

/** What is older stands first. */
function meet(batch: Batch, owed: readonly Owed[]): Batch {
  const known = new Set(batch.items.map(keyOfItem));
  const older = owed.filter((one) => !known.has(keyOf(one))).map(itemOf);
  return older.length === 0 ? batch : { ...batch, items: [...older, ...batch.items] };
}

const keyOfItem = (item: Item): string | undefined => {
  const owed = owedFor(item);
  return owed && keyOf(owed);
};

/** What has ended is over; what was erased from the list is nobody's business any more. */
function compare(batch: Batch, entries: readonly Entry[]): Batch {
  const ends = new Map(entries.map(({ key, end }) => [key, end]));
  const items = batch.items.flatMap((item) => {
    const key = keyOfItem(item);
    if (key === undefined) return item;
    if (!ends.has(key)) return [];
    const end = ends.get(key);
    return end ? { ...item, standing: { name: 'ended', end } as const } : item;
  });
  const isSame =
    items.length === batch.items.length && items.every((item, at) => item === batch.items[at]);
  return isSame ? batch : { ...batch, items };
}

function itemOf(owed: Owed): Item {
  const { name, size } = 'exchange' in owed ? owed.exchange.gift : owed.parcel;
  const standing: Standing =
    'exchange' in owed
      ? { name: 'given', exchange: owed.exchange }
      : { name: 'taken', parcel: owed.parcel };
  return { id: keyOf(owed), name, size, standing };
}

function see(item: Item, { ticket, state }: Extract<Change, { type: 'seen' }>): Item {
  const { standing } = item;
  if (standing.name !== 'given' || standing.exchange.ticket !== ticket) return item;
  return { ...item, standing: { ...standing, ticket: state } };
}

function withoutHold({ held: _over, ...batch }: Batch): Batch {
  return batch;
}
