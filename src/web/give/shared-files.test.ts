import { describe, expect, it } from 'vitest';
import { isFree, mayTurn, next, type State } from '../state/exchange.ts';

const exchange = { ticket: 'ticket', gift: { name: 'mine.txt', size: 4 } };
const offering = { file: new File(['x'], 'x.txt'), key: 'key' };
const shared = [{ key: '/share/1', file: new File(['y'], 'y.txt') }];
const why = { code: 'taken-back' } as const;

const asked = (state: State) => next(state, { type: 'shared', shared });

describe('what a device shared', () => {
  it('is asked about at the counter, where a notice stays to be read', () => {
    const state = asked({ name: 'idle', why });
    expect(state).toEqual({ name: 'shared', shared, isAlone: true, why });
    expect(isFree(state)).toBe(true);
    expect(next(state, { type: 'offered', offering })).toEqual({ name: 'giving', offering });
  });

  it.each([{ name: 'waiting', exchange }, { name: 'many' }] as const)(
    'is asked about beside what waits: $name',
    (before) => {
      const state = asked(before);
      expect(state).toEqual({ name: 'shared', shared, isAlone: false });
      expect([isFree(state), mayTurn(state)]).toEqual([false, true]);
      expect(next(state, { type: 'ended', next: { exchange } }).name).toBe('drawing');
    },
  );

  it.each<State>([
    { name: 'idle', why: { code: 'connection' }, offering },
    { name: 'giving', offering },
    { name: 'taking' },
    { name: 'drawing', exchange },
    { name: 'receiving', exchange, parcel: { url: '/api/x', name: 'x', size: 1 } },
  ])('waits as long as the stage is needed: $name', (state) => {
    expect(asked(state)).toBe(state);
  });
});
