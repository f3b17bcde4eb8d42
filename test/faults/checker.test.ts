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
/** Long after the one before. */
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

/** What is wrong, by name. */
const wrong = (entries: readonly Entry[], finalState: Partial<FinalState> = {}) =>
  Object.fromEntries(
    Object.entries(check(entries, { ...nothing, ...finalState })).filter(
      ([, ids]) => ids.length > 0,
    ),
  );

describe('the checker', () => {
  it('finds nothing wrong when each gift arrived once, or is still there', () => {
    const entries = [...given('a'), ...given('b'), arrived('a', '/1')];
    const handedOut = [{ id: 'b', ticket: null }];
    expect(wrong(entries, { handedOut })).toEqual({});
    expect(isGood(check(entries, { ...nothing, handedOut }))).toBe(true);
  });

  it('finds what is lost, but not what was never acknowledged or is being taken back', () => {
    expect(wrong(given('a'))).toEqual({ lost: ['a'] });
    expect(wrong(given('a').slice(0, 1))).toEqual({});
    const back = [...given('a', 't'), entry({ action: 'withdraws', ticket: 't' })];
    expect(wrong(back)).toEqual({});
    expect(wrong([...back, entry({ action: 'stays', ticket: 't' })])).toEqual({ lost: ['a'] });
  });

  it('finds what went to two', () => {
    const twice = [...given('a'), arrived('a', '/1'), arrived('a', '/2')];
    expect(wrong(twice)).toEqual({ double: ['a'] });
    const again = [...given('a'), arrived('a', '/1'), arrived('a', '/1')];
    expect(wrong(again)).toEqual({});
    expect(wrong(again, { handedOut: [{ id: 'a', ticket: null }] })).toEqual({ double: ['a'] });
  });

  it('excuses a second time only where the service died before it could note the first', () => {
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

  it('excuses what nobody heard of only where it was sent, and one for each who asked', () => {
    const asks = entry({ action: 'asks', number: 1 });
    const both = [...given('a'), ...given('b'), asks, trouble()];
    expect(wrong(both)).toEqual({ lost: ['a', 'b'] });
    expect(wrong(both, { delivered: ['a', 'b'] })).toEqual({ lost: ['b'] });
    const heard = [...both, entry({ action: 'answered', number: 1 })];
    expect(wrong(heard, { delivered: ['a'] })).toEqual({ lost: ['a', 'b'] });
    expect(wrong([...given('a'), asks], { delivered: ['a'] })).toEqual({ lost: ['a'] });
  });

  it('finds what nobody gave, what was refused and kept, and what its giver has back', () => {
    expect(wrong([arrived('x', '/1')])).toEqual({ corrupt: ['x'] });
    expect(wrong([arrived(null, '/1')])).toEqual({ corrupt: ['/1'] });
    const gives = entry({ action: 'gives', id: 'a', giver: 'a' });
    const refused = entry({ action: 'refused', id: 'a', code: 'storage-full' });
    expect(wrong([gives, refused, arrived('a', '/1')])).toEqual({ leaked: ['a'] });
    const back = [
      entry({ action: 'withdraws', ticket: 't' }),
      entry({ action: 'withdrawn', ticket: 't' }),
    ];
    expect(wrong([...given('a', 't'), ...back, arrived('a', '/1')])).toEqual({ double: ['a'] });
  });

  it('finds who was left out, or got their own', () => {
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

  it('counts who gave once and is there twice, and a ticket that was spent on nothing', () => {
    expect(wrong(given('a'), { handedOut: [{ id: 'a', ticket: null }], copied: ['a'] })).toEqual({
      double: ['a'],
    });
    const spent = [...given('a', 't'), arrived('a', 'u')];
    expect(wrong(spent, { spent: ['t'] })).toEqual({ unserved: ['t'] });
    expect(wrong([...given('b'), arrived('b', 'v', 't')], { spent: ['t'] })).toEqual({});
  });

  it('passes on what ledger and vault disagree about, but for what was damaged on purpose', () => {
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
