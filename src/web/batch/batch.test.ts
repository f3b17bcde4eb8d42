import { describe, expect, it } from 'vitest';
import { type Item, isUnsettled, type Standing } from '../state/batch-item.ts';
import type { Exchange, Owed } from '../state/exchange.ts';
import type { Entry } from '../state/history.ts';
import { heardOf, totalsSentence } from './announcements.ts';
import { type Batch, type Change, change, emptyBatch } from './batch.ts';
import { totalsOf } from './totals.ts';

const exchange = (ticket: string): Exchange => ({ ticket, gift: { name: 'a.txt', size: 5 } });
const item = (id: string, standing: Standing = { name: 'queued' }, size = 10): Item => ({
  id,
  name: `${id}.txt`,
  size,
  offering: { file: new File(['x'], `${id}.txt`), key: id },
  standing,
});
const given = (ticket: string): Standing => ({ name: 'given', exchange: exchange(ticket) });
const refused: Standing = { name: 'refused', why: { code: 'file-empty' } };
const failed: Standing = { name: 'failed', why: { code: 'connection' } };
const sending = (share: number): Standing => ({ name: 'sending', share, isAgain: false });
const duplicate: Standing = { name: 'duplicate', of: 'a.txt' };

const added = (...items: Item[]): Change => ({
  type: 'added',
  items,
  leftOut: 0,
  unread: 0,
  isCut: false,
});
const stood = (id: string, standing: Standing): Change => ({ type: 'stood', id, standing });
const play = (...events: Change[]): Batch => events.reduce(change, emptyBatch);
const standings = ({ items }: Batch) => items.map(({ standing }) => standing.name);
const entry = (ticket: string, end?: Entry['end']): Entry => ({
  key: ticket,
  at: '2026-03-01T12:00:00.000Z',
  exchange: exchange(ticket),
  ...(end ? { end } : {}),
});

describe('a batch', () => {
  it('grows at its end, and sums up what was left out', () => {
    const more = { ...added(item('b')), leftOut: 3, unread: 1, isCut: true } as Change;
    const batch = play(added(item('a')), more, added(item('c')));
    expect(batch.items.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(batch).toMatchObject({ leftOut: 3, unread: 1, isCut: true });
  });

  it('changes one without touching the others', () => {
    const before = play(added(item('a'), item('b')));
    const after = change(before, stood('b', sending(0.5)));
    expect(after.items[0]).toBe(before.items[0]);
    expect(after.items[1]?.standing).toEqual(sending(0.5));
  });

  it('gives again by the same key, and remembers that a twin is meant', () => {
    const batch = play(
      added(item('a', failed), item('b', duplicate)),
      { type: 'again', ids: ['a', 'b'] },
      stood('b', failed),
      { type: 'again', ids: ['b'] },
    );
    expect(standings(batch)).toEqual(['queued', 'queued']);
    expect(batch.items.map(({ isMeant }) => isMeant)).toEqual([false, true]);
    expect(batch.items.map(({ offering }) => offering?.key)).toEqual(['a', 'b']);
  });

  it('lets go of what is dismissed', () => {
    expect(play(added(item('a'), item('b')), { type: 'dismissed', id: 'a' }).items).toHaveLength(1);
  });

  it('takes up what is owed from before, once and at the front', () => {
    const owed: Owed[] = [
      { exchange: exchange('t-0') },
      { exchange: exchange('t-1') },
      { parcel: { url: '/api/deliveries/d', name: 'theirs', size: 1 } },
    ];
    const met: Change = { type: 'met', owed };
    const batch = play(added(item('a', given('t-1'))), met, met);
    expect(standings(batch)).toEqual(['given', 'taken', 'given']);
    expect(totalsOf(batch)).toMatchObject({ all: 2, given: 2, whole: 10, moved: 10 });
  });

  it('knows from the list what has ended, and forgets what was erased', () => {
    const before = play(
      added(
        item('a', given('t-1')),
        item('b', given('t-2')),
        item('c', given('t-3')),
        item('d', sending(0.1)),
      ),
    );
    const compared: Change = { type: 'compared', entries: [entry('t-1'), entry('t-2', 'expired')] };
    const after = change(before, compared);
    expect(standings(after)).toEqual(['given', 'ended', 'sending']);
    expect(change(after, compared)).toBe(after);
  });

  it('hears how a ticket stands', () => {
    const seen: Change = { type: 'seen', ticket: 't-1', state: 'ready' };
    const batch = play(added(item('a', given('t-1')), item('b', given('t-2'))), seen);
    expect(batch.items.map(({ standing }) => 'ticket' in standing && standing.ticket)).toEqual([
      'ready',
      false,
    ]);
  });

  it('waits as long as it is asked to', () => {
    const held = play({ type: 'held', seconds: 7 });
    expect(held.held).toBe(7);
    expect(change(held, { type: 'resumed' })).not.toHaveProperty('held');
  });

  it('is settled when nothing is left to do', () => {
    const left: Standing[] = [{ name: 'queued' }, sending(0), failed, given('t')];
    expect(left.map((one) => isUnsettled(item('a', one)))).toEqual([true, true, true, true]);
    const over: Standing[] = [refused, duplicate, { name: 'ended', end: 'received' }];
    expect(over.map((one) => isUnsettled(item('a', one)))).toEqual([false, false, false]);
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
      item('g', { name: 'cancelled', why: { code: 'cancelled' } }),
      item('h', { name: 'ended', end: 'received' }),
    ),
  );

  it('count each once, and the bytes that travel', () => {
    expect(totalsOf(batch)).toEqual({
      all: 8,
      given: 2,
      refused: 1,
      failed: 1,
      same: 1,
      cancelled: 1,
      onTheirWay: 2,
      moved: 25,
      whole: 40,
    });
  });

  it('are a sentence that says only what there is', () => {
    expect(totalsSentence(batch)).toBe(
      '2 of 8 given, 1 refused, 1 failed, 1 the same as another, 1 cancelled',
    );
    expect(totalsSentence(play(added(item('a', given('t')))))).toBe('1 of 1 given');
  });
});

describe('what is heard', () => {
  const two = added(item('a'), item('b'));

  it('is the begin', () => {
    expect(heardOf(play(two))).toBe('2 files are on the way.');
    expect(heardOf(play(added(item('a', refused))))).toBe('');
  });

  it('is each file that does not get through, by its name', () => {
    expect(heardOf(play(two, stood('a', refused)))).toBe(
      'a.txt: That file is empty; a stranger would get nothing. Nothing was sent.',
    );
    expect(heardOf(play(two, stood('a', duplicate)))).toBe(
      'a.txt: The same file as a.txt; not sent.',
    );
  });

  it('is no percent', () => {
    const before = play(two);
    expect(change(before, stood('a', sending(0.5))).news).toBe(before.news);
    expect(change(before, stood('a', given('t'))).news).toBe(before.news);
  });

  it('is the end', () => {
    const batch = play(two, stood('a', given('t-1')), stood('b', given('t-2')));
    expect(heardOf(batch)).toBe('2 of 2 given');
  });
});
