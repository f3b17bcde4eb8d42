import { describe, expect, it } from 'vitest';
import {
  canGive,
  type ExchangeEvent,
  type ExchangeState,
  exchangeReducer,
  type Parcel,
  type PendingExchange,
  pendingIn,
  pendingKey,
  stateFor,
} from './exchange.ts';

const keyedFile = { file: new File(['hello'], 'hello.txt'), key: 'k-1' };
const exchange = { ticket: 't-1', gift: { name: 'hello.txt', size: 5 } };
const parcel: Parcel = { url: '/api/deliveries/d-1', name: 'theirs.txt', size: 3 };
const partial = { chunks: [new Uint8Array([1])], size: 1 };
const bytes = new Blob(['abc']);

/** All events in turn. */
const play = (state: ExchangeState, ...events: ExchangeEvent[]): ExchangeState =>
  events.reduce(exchangeReducer, state);

const idle: ExchangeState = { name: 'idle' };
const waiting: ExchangeState = { name: 'waiting', exchange };
const receiving: ExchangeState = { name: 'receiving', parcel, exchange };
const arrived: ExchangeState = {
  name: 'arrived',
  parcel,
  exchange,
  bytes,
  isVerified: true,
  isSaved: false,
};

describe('an exchange', () => {
  it('goes from the offer to the saved parcel and back', () => {
    const walked: ExchangeState[] = [];
    const events: ExchangeEvent[] = [
      { type: 'selected', keyedFile },
      { type: 'given', exchange },
      { type: 'pool-empty' },
      { type: 'drawn', parcel },
      { type: 'arrived', bytes, isVerified: true },
      { type: 'saved' },
      { type: 'ended' },
    ];
    events.reduce<ExchangeState>((state, event) => {
      const after = exchangeReducer(state, event);
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
    expect(walked[4]).toMatchObject({ isSaved: false, isVerified: true, bytes });
    expect(walked[5]).toMatchObject({ isSaved: true });
  });

  it('draws at once when something is there', () => {
    const state = play(idle, { type: 'selected', keyedFile }, { type: 'given', exchange });
    expect(exchangeReducer(state, { type: 'drawn', parcel })).toEqual(receiving);
  });

  it('keeps the file in the hand when trying again may help', () => {
    const failure = { code: 'connection' } as const;
    const state = play(
      idle,
      { type: 'selected', keyedFile },
      { type: 'refused', failure, keyedFile },
    );
    expect(state).toEqual({ name: 'idle', failure, keyedFile });
    expect(exchangeReducer(state, { type: 'selected', keyedFile })).toEqual({
      name: 'giving',
      keyedFile,
    });
  });

  it('keeps no file that was refused for what it is', () => {
    const failure = { code: 'executable-refused' } as const;
    const state = play(idle, { type: 'selected', keyedFile }, { type: 'refused', failure });
    expect(state).toEqual({ name: 'idle', failure });
  });

  it('keeps what has arrived when the line breaks, and carries on with it', () => {
    const broken = exchangeReducer(receiving, {
      type: 'interrupted',
      partial,
      failure: { code: 'line-down' },
    });
    expect(broken).toMatchObject({ name: 'interrupted', partial, exchange });
    expect(exchangeReducer(broken, { type: 'resumed' })).toEqual({ ...receiving, partial });
  });

  it('draws anew with its ticket when a delivery came to nothing', () => {
    const failure = { code: 'gift-damaged' } as const;
    expect(exchangeReducer(receiving, { type: 'delivery-lost', failure })).toEqual({
      name: 'drawing',
      exchange,
      failure,
    });
  });

  it('ends when a parcel that was taken without a ticket came to nothing', () => {
    const taken: ExchangeState = { name: 'receiving', parcel, exchange: undefined };
    const failure = { code: 'delivery-over' } as const;
    expect(exchangeReducer(taken, { type: 'delivery-lost', failure })).toEqual({
      name: 'idle',
      failure: { code: 'parcel-gone' },
    });
  });

  it('takes one without giving, with the answer that told of it', () => {
    const response = new Response('abc');
    const state = play(idle, { type: 'draw-free' }, { type: 'drawn', parcel, response });
    expect(state).toEqual({ name: 'receiving', parcel, exchange: undefined, response });
  });

  it('goes on with what else is owed when it has ended', () => {
    const other: PendingExchange = { exchange: { ...exchange, ticket: 't-2' } };
    expect(exchangeReducer({ ...arrived, isSaved: true }, { type: 'ended', next: other })).toEqual({
      name: 'drawing',
      exchange: other.exchange,
    });
  });

  it.each<[string, ExchangeState]>([
    ['nothing lies there', idle],
    ['another one waits', { name: 'waiting', exchange: { ...exchange, ticket: 't-2' } }],
    ['what lies there was saved', { ...arrived, isSaved: true }],
  ])('is turned to when %s', (_case, state) => {
    const drawing = { name: 'drawing', exchange };
    expect(exchangeReducer(state, { type: 'switched', to: { exchange } })).toEqual(drawing);
  });

  it.each<ExchangeState>([
    { name: 'giving', keyedFile },
    receiving,
    { name: 'interrupted', parcel, exchange, partial, failure: { code: 'line-down' } },
    arrived,
  ])('is not turned to when something would be lost: $name', (state) => {
    expect(exchangeReducer(state, { type: 'switched', to: { exchange } })).toBe(state);
  });

  it('turns to the view of many, and says there why it ended', () => {
    const failure = { code: 'taken-back' } as const;
    expect(exchangeReducer(waiting, { type: 'ended', failure, next: 'batch' })).toEqual({
      name: 'batch',
      failure,
    });
    expect(exchangeReducer(waiting, { type: 'switched', to: 'batch' })).toEqual({ name: 'batch' });
    expect(exchangeReducer(arrived, { type: 'switched', to: 'batch' })).toBe(arrived);
    expect(exchangeReducer({ name: 'batch' }, { type: 'switched', to: { exchange } })).toEqual({
      name: 'drawing',
      exchange,
    });
  });

  it('says why it ended', () => {
    const failure = { code: 'ticket-spent' } as const;
    expect(exchangeReducer(waiting, { type: 'ended', failure })).toEqual({ name: 'idle', failure });
  });

  const late: readonly (readonly [string, ExchangeState, ExchangeEvent])[] = [
    ['an offer while one is under way', waiting, { type: 'selected', keyedFile }],
    ['an offer while a parcel is not saved', arrived, { type: 'selected', keyedFile }],
    [
      'a refusal of what was given meanwhile',
      waiting,
      { type: 'refused', failure: { code: 'unreadable' } },
    ],
    ['a gift that was cancelled', idle, { type: 'given', exchange }],
    ['a draw after the end', idle, { type: 'drawn', parcel }],
    ['an empty draw after a full one', receiving, { type: 'pool-empty' }],
    ['bytes that nobody waits for', waiting, { type: 'arrived', bytes, isVerified: true }],
    ['carrying on what is not broken', receiving, { type: 'resumed' }],
    ['saving what is not here', waiting, { type: 'saved' }],
  ];
  it.each(late)('is not moved by %s', (_what, state, event) => {
    expect(exchangeReducer(state, event)).toBe(state);
  });

  it('is free for a new gift only when nothing would be lost', () => {
    expect([idle, { ...arrived, isSaved: true } as ExchangeState].map(canGive)).toEqual([
      true,
      true,
    ]);
    expect([waiting, receiving, arrived].map(canGive)).toEqual([false, false, false]);
  });
});

describe('after a reload', () => {
  it('goes on with the ticket', () => {
    expect(stateFor({ exchange })).toEqual({ name: 'drawing', exchange });
  });

  it('fetches a parcel that was taken without one', () => {
    expect(stateFor({ parcel })).toEqual({ name: 'receiving', parcel, exchange: undefined });
  });

  it('begins where nothing is owed', () => {
    expect(stateFor(undefined)).toEqual(idle);
  });
});

describe('what is owed', () => {
  it('is the exchange as long as there is one', () => {
    expect([waiting, receiving, arrived].map(pendingIn)).toEqual(Array(3).fill({ exchange }));
    expect(pendingIn({ ...arrived, exchange: undefined })).toEqual({ parcel });
    expect(pendingIn(idle)).toBeUndefined();
  });

  it('is told apart by its secret', () => {
    expect([pendingKey({ exchange }), pendingKey({ parcel })]).toEqual([
      't-1',
      '/api/deliveries/d-1',
    ]);
  });
});
