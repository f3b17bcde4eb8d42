import { describe, expect, it } from 'vitest';
import {
  type Event,
  isFree,
  keyOf,
  next,
  type Owed,
  owedIn,
  type Parcel,
  restore,
  type State,
} from './exchange.ts';

const offering = { file: new File(['hello'], 'hello.txt'), key: 'k-1' };
const exchange = { ticket: 't-1', gift: { name: 'hello.txt', size: 5 } };
const parcel: Parcel = { url: '/api/deliveries/d-1', name: 'theirs.txt', size: 3 };
const part = { chunks: [new Uint8Array([1])], size: 1 };
const bytes = new Blob(['abc']);

/** All events in turn. */
const play = (state: State, ...events: Event[]): State => events.reduce(next, state);

const idle: State = { name: 'idle' };
const waiting: State = { name: 'waiting', exchange };
const receiving: State = { name: 'receiving', parcel, exchange };
const arrived: State = { name: 'arrived', parcel, exchange, bytes, checked: true, saved: false };

describe('an exchange', () => {
  it('goes from the offer to the saved parcel and back', () => {
    const walked: State[] = [];
    const events: Event[] = [
      { type: 'offered', offering },
      { type: 'given', exchange },
      { type: 'nothing' },
      { type: 'drawn', parcel },
      { type: 'arrived', bytes, checked: true },
      { type: 'saved' },
      { type: 'ended' },
    ];
    events.reduce<State>((state, event) => {
      const after = next(state, event);
      walked.push(after);
      return after;
    }, idle);
    expect(walked.map(({ name }) => name)).toEqual([
      'giving',
      'drawing',
      'waiting',
      'receiving',
      'arrived',
      'arrived',
      'idle',
    ]);
    expect(walked[4]).toMatchObject({ saved: false, checked: true, bytes });
    expect(walked[5]).toMatchObject({ saved: true });
  });

  it('draws at once when something is there', () => {
    const state = play(idle, { type: 'offered', offering }, { type: 'given', exchange });
    expect(next(state, { type: 'drawn', parcel })).toEqual(receiving);
  });

  it('keeps the file in the hand when trying again may help', () => {
    const why = { code: 'connection' } as const;
    const state = play(idle, { type: 'offered', offering }, { type: 'refused', why, offering });
    expect(state).toEqual({ name: 'idle', why, offering });
    expect(next(state, { type: 'offered', offering })).toEqual({ name: 'giving', offering });
  });

  it('keeps no file that was refused for what it is', () => {
    const why = { code: 'executable-refused' } as const;
    const state = play(idle, { type: 'offered', offering }, { type: 'refused', why });
    expect(state).toEqual({ name: 'idle', why });
  });

  it('keeps what has arrived when the line breaks, and carries on with it', () => {
    const broken = next(receiving, { type: 'broke', part, why: { code: 'line-down' } });
    expect(broken).toMatchObject({ name: 'broken', part, exchange });
    expect(next(broken, { type: 'carried-on' })).toEqual({ ...receiving, part });
  });

  it('draws anew with its ticket when a delivery came to nothing', () => {
    const why = { code: 'gift-damaged' } as const;
    expect(next(receiving, { type: 'lapsed', why })).toEqual({ name: 'drawing', exchange, why });
  });

  it('ends when a parcel that was taken without a ticket came to nothing', () => {
    const taken: State = { name: 'receiving', parcel, exchange: undefined };
    const why = { code: 'delivery-over' } as const;
    expect(next(taken, { type: 'lapsed', why })).toEqual({
      name: 'idle',
      why: { code: 'parcel-gone' },
    });
  });

  it('takes one without giving, with the answer that told of it', () => {
    const first = new Response('abc');
    const state = play(idle, { type: 'take' }, { type: 'drawn', parcel, first });
    expect(state).toEqual({ name: 'receiving', parcel, exchange: undefined, first });
  });

  it('goes on with what else is owed when it has ended', () => {
    const other: Owed = { exchange: { ...exchange, ticket: 't-2' } };
    expect(next({ ...arrived, saved: true }, { type: 'ended', next: other })).toEqual({
      name: 'drawing',
      exchange: other.exchange,
    });
  });

  it.each<[string, State]>([
    ['nothing lies there', idle],
    ['another one waits', { name: 'waiting', exchange: { ...exchange, ticket: 't-2' } }],
    ['what lies there was saved', { ...arrived, saved: true }],
  ])('is turned to when %s', (_case, state) => {
    const drawing = { name: 'drawing', exchange };
    expect(next(state, { type: 'turned', to: { exchange } })).toEqual(drawing);
  });

  it.each<State>([
    { name: 'giving', offering },
    receiving,
    { name: 'broken', parcel, exchange, part, why: { code: 'line-down' } },
    arrived,
  ])('is not turned to when something would be lost: $name', (state) => {
    expect(next(state, { type: 'turned', to: { exchange } })).toBe(state);
  });

  it('turns to the view of many, and says there why it ended', () => {
    const why = { code: 'taken-back' } as const;
    expect(next(waiting, { type: 'ended', why, next: 'many' })).toEqual({ name: 'many', why });
    expect(next(waiting, { type: 'turned', to: 'many' })).toEqual({ name: 'many' });
    expect(next(arrived, { type: 'turned', to: 'many' })).toBe(arrived);
    expect(next({ name: 'many' }, { type: 'turned', to: { exchange } })).toEqual({
      name: 'drawing',
      exchange,
    });
  });

  it('says why it ended', () => {
    const why = { code: 'ticket-spent' } as const;
    expect(next(waiting, { type: 'ended', why })).toEqual({ name: 'idle', why });
  });

  const late: readonly (readonly [string, State, Event])[] = [
    ['an offer while one is under way', waiting, { type: 'offered', offering }],
    ['an offer while a parcel is not saved', arrived, { type: 'offered', offering }],
    [
      'a refusal of what was given meanwhile',
      waiting,
      { type: 'refused', why: { code: 'unreadable' } },
    ],
    ['a gift that was cancelled', idle, { type: 'given', exchange }],
    ['a draw after the end', idle, { type: 'drawn', parcel }],
    ['an empty draw after a full one', receiving, { type: 'nothing' }],
    ['bytes that nobody waits for', waiting, { type: 'arrived', bytes, checked: true }],
    ['carrying on what is not broken', receiving, { type: 'carried-on' }],
    ['saving what is not here', waiting, { type: 'saved' }],
  ];
  it.each(late)('is not moved by %s', (_what, state, event) => {
    expect(next(state, event)).toBe(state);
  });

  it('is free for a new gift only when nothing would be lost', () => {
    expect([idle, { ...arrived, saved: true } as State].map(isFree)).toEqual([true, true]);
    expect([waiting, receiving, arrived].map(isFree)).toEqual([false, false, false]);
  });
});

describe('after a reload', () => {
  it('goes on with the ticket', () => {
    expect(restore({ exchange })).toEqual({ name: 'drawing', exchange });
  });

  it('fetches a parcel that was taken without one', () => {
    expect(restore({ parcel })).toEqual({ name: 'receiving', parcel, exchange: undefined });
  });

  it('begins where nothing is owed', () => {
    expect(restore(undefined)).toEqual(idle);
  });
});

describe('what is owed', () => {
  it('is the exchange as long as there is one', () => {
    expect([waiting, receiving, arrived].map(owedIn)).toEqual(Array(3).fill({ exchange }));
    expect(owedIn({ ...arrived, exchange: undefined })).toEqual({ parcel });
    expect(owedIn(idle)).toBeUndefined();
  });

  it('is told apart by its secret', () => {
    expect([keyOf({ exchange }), keyOf({ parcel })]).toEqual(['t-1', '/api/deliveries/d-1']);
  });
});
