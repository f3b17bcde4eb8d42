import { describe, expect, it } from 'vitest';
import { check, type FinalState, isGood } from './checker.ts';
import type { Entry, NewEntry } from './history.ts';

const nothing: FinalState = {
  handedOut: [],
  delivered: [],
  quarantined: [],
  copied: [],
  empty: [],
  spent: [],
  ghosts: [],
  leaks: [],
  faults: [],
  unbacked: [],
};

let at = 0;
/** A day after the entry before. */
function entry(said: NewEntry): Entry {
  at += 10_000;
  return { at, ...said } as Entry;
}

const given = (id: string, ticket: string | null = null): Entry[] => [
  entry({ action: 'gives', id, giver: id }),
  entry({ action: 'given', id, ticket }),
];
const arrived = (id: string | null, url: string, ticket: string | null = null) =>
  entry({ action: 'arrived', since: at, id, url, ticket });
const received = (url: string) => entry({ action: 'received', url });
const trouble = () => entry({ action: 'trouble', from: at, until: at, what: 'a test' });

/** The violations by name. */
const wrong = (entries: readonly Entry[], finalState: Partial<FinalState> = {}) =>
  Object.fromEntries(Object.entries(check(entries, { ...nothing, ...finalState })).filter(([, ids]) => ids.length > 0));

describe('the checker', () => {
  it('accepts a history in which each gift arrived once or is still in the pool', () => {
    const entries = [...given('a'), ...given('b'), arrived('a', '/1')];
    const handedOut = [{ id: 'b', ticket: null }];
    expect(wrong(entries, { handedOut })).toEqual({});
    expect(isGood(check(entries, { ...nothing, handedOut }))).toBe(true);
  });

  it('reports a gift as lost, unless it was never acknowledged or is being withdrawn', () => {
    expect(wrong(given('a'))).toEqual({ lost: ['a'] });
    expect(wrong(given('a').slice(0, 1))).toEqual({});
    const back = [...given('a', 't'), entry({ action: 'withdraws', ticket: 't' })];
    expect(wrong(back)).toEqual({});
    expect(wrong([...back, entry({ action: 'stays', ticket: 't' })])).toEqual({ lost: ['a'] });
  });

  it('reports a gift that reached two receivers', () => {
    const twice = [...given('a'), arrived('a', '/1'), arrived('a', '/2')];
    expect(wrong(twice)).toEqual({ double: ['a'] });
    const again = [...given('a'), arrived('a', '/1'), arrived('a', '/1')];
    expect(wrong(again)).toEqual({});
    expect(wrong(again, { handedOut: [{ id: 'a', ticket: null }] })).toEqual({ double: ['a'] });
  });

  it('excuses a second arrival only if the service died before it could record the first', () => {
    const [gives, gave] = given('a') as [Entry, Entry];
    const first = arrived('a', '/1');
    const died = { ...trouble(), at: first.at + 1_000, from: first.at + 1_000 } as Entry;
    const second = arrived('a', '/2');
    expect(wrong([gives, gave, first, died, second])).toEqual({});
    const noted = [gives, gave, first, received('/1'), died, second];
    expect(wrong(noted)).toEqual({ double: ['a'] });
    const late = { ...died, at: first.at + 5_000, from: first.at + 5_000 } as Entry;
    expect(wrong([gives, gave, first, late, second])).toEqual({ double: ['a'] });
  });

  it('excuses a missing gift only if it was sent, one for each request without an answer', () => {
    const asks = entry({ action: 'asks', number: 1 });
    const both = [...given('a'), ...given('b'), asks, trouble()];
    expect(wrong(both)).toEqual({ lost: ['a', 'b'] });
    expect(wrong(both, { delivered: ['a', 'b'] })).toEqual({ lost: ['b'] });
    const heard = [...both, entry({ action: 'answered', number: 1 })];
    expect(wrong(heard, { delivered: ['a'] })).toEqual({ lost: ['a', 'b'] });
    expect(wrong([...given('a'), asks], { delivered: ['a'] })).toEqual({ lost: ['a'] });
  });

  it('reports unknown content, a refused gift that was stored, and a withdrawn gift that arrived', () => {
    expect(wrong([arrived('x', '/1')])).toEqual({ corrupt: ['x'] });
    expect(wrong([arrived(null, '/1')])).toEqual({ corrupt: ['/1'] });
    const gives = entry({ action: 'gives', id: 'a', giver: 'a' });
    const refused = entry({ action: 'refused', id: 'a', code: 'storage-full' });
    expect(wrong([gives, refused, arrived('a', '/1')])).toEqual({ leaked: ['a'] });
    const back = [entry({ action: 'withdraws', ticket: 't' }), entry({ action: 'withdrawn', ticket: 't' })];
    expect(wrong([...given('a', 't'), ...back, arrived('a', '/1')])).toEqual({ double: ['a'] });
  });

  it('reports a ticket that got nothing and a giver who drew their own gift', () => {
    const entries = [...given('a', 't'), ...given('b')];
    const handedOut = [
      { id: 'a', ticket: null },
      { id: 'b', ticket: null },
    ];
    expect(wrong(entries, { handedOut, empty: ['t'] })).toEqual({ unserved: ['t'] });
    const alone = [{ id: 'a', ticket: null }];
    expect(wrong(given('a', 't'), { handedOut: alone, empty: ['t'] })).toEqual({});
    expect(wrong(given('a', 't'), { handedOut: alone, spent: ['t'] })).toEqual({ unserved: ['t'] });
    expect(wrong(given('a', 't'), { handedOut: [{ id: 'a', ticket: 't' }] })).toEqual({
      own: ['a'],
    });
  });

  it('reports a gift that was stored twice and a ticket that was spent without a gift', () => {
    expect(wrong(given('a'), { handedOut: [{ id: 'a', ticket: null }], copied: ['a'] })).toEqual({
      double: ['a'],
    });
    const spent = [...given('a', 't'), arrived('a', 'u')];
    expect(wrong(spent, { spent: ['t'] })).toEqual({ unserved: ['t'] });
    expect(wrong([...given('b'), arrived('b', 'v', 't')], { spent: ['t'] })).toEqual({});
  });

  it('reports disagreements of ledger and vault, except for gifts that were damaged on purpose', () => {
    const found = { ghosts: ['k'], leaks: ['l'], faults: ['f'], unbacked: ['u'] };
    expect(wrong([], found)).toEqual({
      ghost: ['k'],
      leaked: ['l'],
      broken: ['f'],
      unbacked: ['u'],
    });
    expect(wrong(given('a'), { quarantined: ['a'] })).toEqual({ lost: ['a'], ghost: ['a'] });
    const damaged = [...given('a'), entry({ action: 'damaged', id: 'a' })];
    expect(wrong(damaged, { quarantined: ['a'] })).toEqual({});
  });
});
