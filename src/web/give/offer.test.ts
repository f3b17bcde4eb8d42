import { describe, expect, it } from 'vitest';
import { canGive, canSwitch, type ExchangeState, exchangeReducer } from '../state/exchange.ts';

const exchange = { ticket: 'ticket', gift: { name: 'mine.txt', size: 4 } };
const keyedFile = { file: new File(['x'], 'x.txt'), key: 'key' };
const offered = [{ key: '/share/1', file: new File(['y'], 'y.txt'), isShared: true } as const];
const failure = { code: 'taken-back' } as const;

const asked = (state: ExchangeState) => exchangeReducer(state, { type: 'shared', offered });

describe('files of the share target', () => {
  it('are asked about on the idle stage, where a message stays readable', () => {
    const state = asked({ name: 'idle', failure });
    expect(state).toEqual({ name: 'offered', offered, isAlone: true, failure });
    expect(canGive(state)).toBe(true);
    expect(exchangeReducer(state, { type: 'selected', keyedFile })).toEqual({
      name: 'giving',
      keyedFile,
    });
  });

  it.each([{ name: 'waiting', exchange }, { name: 'batch' }] as const)(
    'are asked about beside a waiting ticket: $name',
    (before) => {
      const state = asked(before);
      expect(state).toEqual({ name: 'offered', offered, isAlone: false });
      expect([canGive(state), canSwitch(state)]).toEqual([false, true]);
      expect(exchangeReducer(state, { type: 'ended', next: { exchange } }).name).toBe('drawing');
    },
  );

  it.each<ExchangeState>([
    { name: 'idle', failure: { code: 'connection' }, keyedFile },
    { name: 'giving', keyedFile },
    { name: 'drawing-free' },
    { name: 'drawing', exchange },
    { name: 'receiving', exchange, parcel: { url: '/api/x', name: 'x', size: 1 } },
  ])('wait while the stage is in use: $name', (state) => {
    expect(asked(state)).toBe(state);
  });
});

describe('files that are chosen', () => {
  const chosen = [{ key: '1', file: new File(['x'], 'x.txt') }];
  const choose = (state: ExchangeState) => exchangeReducer(state, { type: 'offered', offered: chosen, leftOut: 1 });

  it('are asked about, and join those that the page asks about already', () => {
    const first = choose(asked({ name: 'idle' }));
    expect(first).toMatchObject({ name: 'offered', offered: [...offered, ...chosen], isAlone: true, leftOut: 1 });
    const second = choose(first);
    expect(second).toMatchObject({ leftOut: 2 });
    expect(exchangeReducer(second, { type: 'offer-removed', key: '/share/1' })).toMatchObject({
      offered: [...chosen, ...chosen],
    });
  });

  it.each<ExchangeState>([
    { name: 'giving', keyedFile },
    { name: 'receiving', exchange, parcel: { url: '/api/x', name: 'x', size: 1 } },
  ])('replace nothing that is in progress: $name', (state) => {
    expect(choose(state)).toBe(state);
  });
});
