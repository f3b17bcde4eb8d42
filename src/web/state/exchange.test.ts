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

/** Applies the events in order. */
const play = (state: ExchangeState, ...events: ExchangeEvent[]): ExchangeState => events.reduce(exchangeReducer, state);

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

describe('the exchange reducer', () => {
  it('forgets an outage when the device is online again, and nothing else', () => {
    const outage = { code: 'not-reached' } as const;
    expect(play({ ...waiting, failure: outage }, { type: 'reconnected' })).toEqual(waiting);
    expect(play({ name: 'idle', failure: outage, keyedFile }, { type: 'reconnected' })).toEqual({
      name: 'idle',
      keyedFile,
    });
    const refused: ExchangeState = { name: 'idle', failure: { code: 'connection' }, keyedFile };
    for (const state of [
      refused,
      arrived,
      { name: 'interrupted', parcel, exchange, partial, failure: outage } as const,
    ])
      expect(play(state, { type: 'reconnected' })).toBe(state);
  });

  it('goes from the selected file to the saved delivery and back to idle', () => {
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

  it('goes straight to receiving if the pool has a file', () => {
    const state = play(idle, { type: 'selected', keyedFile }, { type: 'given', exchange });
    expect(exchangeReducer(state, { type: 'drawn', parcel })).toEqual(receiving);
  });

  it('keeps the file if a retry may help', () => {
    const failure = { code: 'connection' } as const;
    const state = play(idle, { type: 'selected', keyedFile }, { type: 'refused', failure, keyedFile });
    expect(state).toEqual({ name: 'idle', failure, keyedFile });
    expect(exchangeReducer(state, { type: 'selected', keyedFile })).toEqual({
      name: 'giving',
      keyedFile,
    });
  });

  it('drops a file that was refused for its content', () => {
    const failure = { code: 'executable-refused' } as const;
    const state = play(idle, { type: 'selected', keyedFile }, { type: 'refused', failure });
    expect(state).toEqual({ name: 'idle', failure });
  });

  it('keeps the bytes that have arrived when the connection breaks, and resumes from them', () => {
    const broken = exchangeReducer(receiving, {
      type: 'interrupted',
      partial,
      failure: { code: 'line-down' },
    });
    expect(broken).toMatchObject({ name: 'interrupted', partial, exchange });
    expect(exchangeReducer(broken, { type: 'resumed' })).toEqual({ ...receiving, partial });
  });

  it('draws again with the ticket when a delivery is lost', () => {
    const failure = { code: 'gift-damaged' } as const;
    expect(exchangeReducer(receiving, { type: 'delivery-lost', failure })).toEqual({
      name: 'drawing',
      exchange,
      failure,
    });
  });

  it('ends when the delivery of a free draw is lost', () => {
    const taken: ExchangeState = { name: 'receiving', parcel, exchange: undefined };
    const failure = { code: 'delivery-over' } as const;
    expect(exchangeReducer(taken, { type: 'delivery-lost', failure })).toEqual({
      name: 'idle',
      failure: { code: 'parcel-gone' },
    });
  });

  it('receives the file of a free draw from the response that announced it', () => {
    const response = new Response('abc');
    const state = play(idle, { type: 'draw-free' }, { type: 'drawn', parcel, response });
    expect(state).toEqual({ name: 'receiving', parcel, exchange: undefined, response });
  });

  it('continues with the next pending exchange at the end', () => {
    const other: PendingExchange = { exchange: { ...exchange, ticket: 't-2' } };
    expect(exchangeReducer({ ...arrived, isSaved: true }, { type: 'ended', next: other })).toEqual({
      name: 'drawing',
      exchange: other.exchange,
    });
  });

  it.each<[string, ExchangeState]>([
    ['it is idle', idle],
    ['another ticket waits', { name: 'waiting', exchange: { ...exchange, ticket: 't-2' } }],
    ['the delivery was saved', { ...arrived, isSaved: true }],
  ])('switches to another exchange when %s', (_case, state) => {
    const drawing = { name: 'drawing', exchange };
    expect(exchangeReducer(state, { type: 'switched', to: { exchange } })).toEqual(drawing);
  });

  it.each<ExchangeState>([
    { name: 'giving', keyedFile },
    receiving,
    { name: 'interrupted', parcel, exchange, partial, failure: { code: 'line-down' } },
    arrived,
  ])('does not switch if something would be lost: $name', (state) => {
    expect(exchangeReducer(state, { type: 'switched', to: { exchange } })).toBe(state);
  });

  it('ends in the batch view, with the failure', () => {
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

  it('ends with the failure', () => {
    const failure = { code: 'ticket-spent' } as const;
    expect(exchangeReducer(waiting, { type: 'ended', failure })).toEqual({ name: 'idle', failure });
  });

  const late: readonly (readonly [string, ExchangeState, ExchangeEvent])[] = [
    ['a selected file while a ticket waits', waiting, { type: 'selected', keyedFile }],
    ['a selected file while a delivery is unsaved', arrived, { type: 'selected', keyedFile }],
    ['a refusal after the gift was accepted', waiting, { type: 'refused', failure: { code: 'unreadable' } }],
    ['the answer to a cancelled gift', idle, { type: 'given', exchange }],
    ['a draw after the end', idle, { type: 'drawn', parcel }],
    ['an empty draw after a delivery', receiving, { type: 'pool-empty' }],
    ['bytes outside of a download', waiting, { type: 'arrived', bytes, isVerified: true }],
    ['a resumption without an interruption', receiving, { type: 'resumed' }],
    ['saving without a delivery', waiting, { type: 'saved' }],
  ];
  it.each(late)('ignores %s', (_what, state, event) => {
    expect(exchangeReducer(state, event)).toBe(state);
  });

  it('accepts a new gift only if nothing would be lost', () => {
    expect([idle, { ...arrived, isSaved: true } as ExchangeState].map(canGive)).toEqual([true, true]);
    expect([waiting, receiving, arrived].map(canGive)).toEqual([false, false, false]);
  });
});

describe('after a reload', () => {
  it('continues with the ticket', () => {
    expect(stateFor({ exchange })).toEqual({ name: 'drawing', exchange });
  });

  it('fetches the delivery of a free draw', () => {
    expect(stateFor({ parcel })).toEqual({ name: 'receiving', parcel, exchange: undefined });
  });

  it('starts idle if nothing is pending', () => {
    expect(stateFor(undefined)).toEqual(idle);
  });
});

describe('the pending exchange', () => {
  it('is the exchange if there is one', () => {
    expect([waiting, receiving, arrived].map(pendingIn)).toEqual(Array(3).fill({ exchange }));
    expect(pendingIn({ ...arrived, exchange: undefined })).toEqual({ parcel });
    expect(pendingIn(idle)).toBeUndefined();
  });

  it('is identified by its secret', () => {
    expect([pendingKey({ exchange }), pendingKey({ parcel })]).toEqual(['t-1', '/api/deliveries/d-1']);
  });
});
