import { beforeAll, describe, expect, it } from 'vitest';
import en from '../i18n/locales/en.json';
import { setCatalogue } from '../i18n/messages.tsx';
import type { Batch } from '../state/batch.ts';
import { type BatchItem, type ItemStatus, isUnfinished } from '../state/batch-item.ts';
import type { Exchange, PendingExchange } from '../state/exchange.ts';
import type { HistoryEntry } from '../state/history.ts';
import { announcementText, totalsSentence } from './announcements.ts';
import { emptyBatch, reduceBatch } from './batch-reducer.ts';
import { totalsOf } from './totals.ts';
import type { BatchChange } from './types.ts';

beforeAll(() => setCatalogue(en));

const exchange = (ticket: string): Exchange => ({ ticket, gift: { name: 'a.txt', size: 5 } });
const item = (id: string, status: ItemStatus = { name: 'queued' }, size = 10): BatchItem => ({
  id,
  name: `${id}.txt`,
  size,
  keyedFile: { file: new File(['x'], `${id}.txt`), key: id },
  status,
});
const given = (ticket: string): ItemStatus => ({ name: 'given', exchange: exchange(ticket) });
const refused: ItemStatus = { name: 'refused', failure: { code: 'file-empty' } };
const failed: ItemStatus = { name: 'failed', failure: { code: 'connection' } };
const sending = (share: number): ItemStatus => ({ name: 'sending', share, isAgain: false });
const duplicate: ItemStatus = { name: 'duplicate', of: 'a.txt' };

const added = (...items: BatchItem[]): BatchChange => ({
  type: 'added',
  items,
  leftOut: 0,
  unreadable: 0,
  isTruncated: false,
});
const stood = (id: string, status: ItemStatus): BatchChange => ({
  type: 'status-changed',
  id,
  status,
});
const play = (...events: BatchChange[]): Batch => events.reduce(reduceBatch, emptyBatch);
const standings = ({ items }: Batch) => items.map(({ status }) => status.name);
const entry = (ticket: string, end?: HistoryEntry['end']): HistoryEntry => ({
  key: ticket,
  at: '2026-03-01T12:00:00.000Z',
  exchange: exchange(ticket),
  ...(end ? { end } : {}),
});

describe('the batch reducer', () => {
  it('appends items and sums the files left out', () => {
    const more = {
      ...added(item('b')),
      leftOut: 3,
      unreadable: 1,
      isTruncated: true,
    } as BatchChange;
    const batch = play(added(item('a')), more, added(item('c')));
    expect(batch.items.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(batch).toMatchObject({ leftOut: 3, unreadable: 1, isTruncated: true });
  });

  it('changes one item and no other', () => {
    const before = play(added(item('a'), item('b')));
    const after = reduceBatch(before, stood('b', sending(0.5)));
    expect(after.items[0]).toBe(before.items[0]);
    expect(after.items[1]?.status).toEqual(sending(0.5));
  });

  it('retries with the same key, and remembers a confirmed duplicate', () => {
    const batch = play(
      added(item('a', failed), item('b', duplicate)),
      { type: 'retried', ids: ['a', 'b'] },
      stood('b', failed),
      { type: 'retried', ids: ['b'] },
    );
    expect(standings(batch)).toEqual(['queued', 'queued']);
    expect(batch.items.map(({ isConfirmed }) => isConfirmed)).toEqual([false, true]);
    expect(batch.items.map(({ keyedFile }) => keyedFile?.key)).toEqual(['a', 'b']);
  });

  it('removes a dismissed item', () => {
    expect(play(added(item('a'), item('b')), { type: 'dismissed', id: 'a' }).items).toHaveLength(1);
  });

  it('adds pending exchanges once, at the front', () => {
    const pending: PendingExchange[] = [
      { exchange: exchange('t-0') },
      { exchange: exchange('t-1') },
      { parcel: { url: '/api/deliveries/d', name: 'theirs', size: 1 } },
    ];
    const met: BatchChange = { type: 'pending-added', pending };
    const batch = play(added(item('a', given('t-1'))), met, met);
    expect(standings(batch)).toEqual(['given', 'taken', 'given']);
    expect(totalsOf(batch)).toMatchObject({ all: 2, given: 2, totalBytes: 10, sentBytes: 10 });
  });

  it('takes the ends from the history, and removes erased items', () => {
    const before = play(
      added(item('a', given('t-1')), item('b', given('t-2')), item('c', given('t-3')), item('d', sending(0.1))),
    );
    const compared: BatchChange = {
      type: 'synced',
      entries: [entry('t-1'), entry('t-2', 'expired')],
    };
    const after = reduceBatch(before, compared);
    expect(standings(after)).toEqual(['given', 'ended', 'sending']);
    expect(reduceBatch(after, compared)).toBe(after);
  });

  it('stores the state of a ticket', () => {
    const seen: BatchChange = { type: 'ticket-state', ticket: 't-1', state: 'ready' };
    const batch = play(added(item('a', given('t-1')), item('b', given('t-2'))), seen);
    expect(batch.items.map(({ status }) => 'ticket' in status && status.ticket)).toEqual(['ready', false]);
  });

  it('pauses and resumes', () => {
    const pauseSeconds = play({ type: 'paused', seconds: 7 });
    expect(pauseSeconds.pauseSeconds).toBe(7);
    expect(reduceBatch(pauseSeconds, { type: 'resumed' })).not.toHaveProperty('pauseSeconds');
  });

  it('is finished when nothing is left to do', () => {
    const left: ItemStatus[] = [{ name: 'queued' }, sending(0), failed, given('t')];
    expect(left.map((one) => isUnfinished(item('a', one)))).toEqual([true, true, true, true]);
    const over: ItemStatus[] = [refused, duplicate, { name: 'ended', end: 'received' }];
    expect(over.map((one) => isUnfinished(item('a', one)))).toEqual([false, false, false]);
  });
});

describe('the totals', () => {
  const batch = play(
    added(
      item('a', given('t-1')),
      item('b', sending(0.5)),
      item('c'),
      item('d', refused),
      item('e', failed),
      item('f', duplicate),
      item('g', { name: 'cancelled', failure: { code: 'cancelled' } }),
      item('h', { name: 'ended', end: 'received' }),
    ),
  );

  it('count each item once, and the bytes to send', () => {
    expect(totalsOf(batch)).toEqual({
      all: 8,
      given: 2,
      refused: 1,
      failed: 1,
      duplicates: 1,
      cancelled: 1,
      uploading: 2,
      sentBytes: 25,
      totalBytes: 40,
    });
  });

  it('are a sentence of the counts above zero', () => {
    expect(totalsSentence(batch)).toBe('2 of 8 given, 1 refused, 1 failed, 1 duplicate, 1 cancelled');
    expect(totalsSentence(play(added(item('a', given('t')))))).toBe('1 of 1 given');
  });
});

describe('the announcement', () => {
  const two = added(item('a'), item('b'));

  it('tells the start', () => {
    expect(announcementText(play(two))).toBe('2 files are on the way.');
    expect(announcementText(play(added(item('a', refused))))).toBe('');
  });

  it('tells each file that fails, by name', () => {
    expect(announcementText(play(two, stood('a', refused)))).toBe(
      'a.txt: That file is empty; a stranger would get nothing. Nothing was sent.',
    );
    expect(announcementText(play(two, stood('a', duplicate)))).toBe('a.txt: The same file as a.txt; not sent.');
  });

  it('tells no percentages', () => {
    const before = play(two);
    expect(reduceBatch(before, stood('a', sending(0.5))).announcement).toBe(before.announcement);
    expect(reduceBatch(before, stood('a', given('t'))).announcement).toBe(before.announcement);
  });

  it('tells the end', () => {
    const batch = play(two, stood('a', given('t-1')), stood('b', given('t-2')));
    expect(announcementText(batch)).toBe('2 of 2 given');
  });
});
