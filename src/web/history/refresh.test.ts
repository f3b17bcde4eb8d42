import { describe, expect, it } from 'vitest';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { createLocalStore } from '../state/storage.ts';
import {
  endOfWaiting,
  maxFirstRound,
  maxLaterRound,
  refreshDelivered,
  refreshIntervalMs,
  refreshPeriodically,
} from './refresh.ts';

const gift = { name: 'a.txt', size: 1, mime_type: 'text/plain', kind: 'text' } as const;
const at = '2026-03-01T12:00:00.000Z';

type News = Partial<Pick<TicketStatus, 'state'>> & Partial<Pick<TicketStatus['gift'], 'fate' | 'thanks'>>;

const statusOf = ({ state = 'waiting', ...more }: News): TicketStatus => ({
  state,
  gift: { ...gift, sha256: 'ab', given_at: at, expires_at: at, fate: 'waiting', ...more },
  expires_at: at,
});

/** A list of tickets, a service that answers by `answers`, and rounds without a pause. */
function setUp(answers: Readonly<Record<string, News | Error>>, rounds = 1) {
  const store = createLocalStore(undefined);
  const exchangeOf = (ticket: string) => ({ exchange: { ticket, gift } });
  for (const ticket of Object.keys(answers)) store.add(exchangeOf(ticket));
  const controller = new AbortController();
  const polled: string[] = [];
  const pauses: number[] = [];
  const onReachable: boolean[] = [];
  let now = 0;
  let mostAtOnce = 0;
  const ticket = async (one: string) => {
    polled.push(one);
    mostAtOnce = Math.max(mostAtOnce, ++now);
    await new Promise((resolve) => setTimeout(resolve));
    now--;
    const answer = answers[one];
    if (answer instanceof Error) throw answer;
    return statusOf(answer ?? {});
  };
  const pause = async (milliseconds: number) => {
    pauses.push(milliseconds);
    if (pauses.length >= rounds) controller.abort();
  };
  const runRounds = () =>
    refreshPeriodically({
      client: { ticket },
      store,
      signal: controller.signal,
      onReachable: (isReached) => void onReachable.push(isReached),
      pause,
    });
  const entryOf = (key: string) => store.entries().find((entry) => entry.key === key);
  return {
    store,
    controller,
    polled,
    pauses,
    onReachable,
    runRounds,
    client: { ticket },
    entryOf,
    mostAtOnce: () => mostAtOnce,
    exchangeOf,
  };
}

const many = (count: number, news: News | Error = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`t-${number}`, news]));

describe('the start of the page', () => {
  it('asks once for thanks for the newest delivered gifts, and for nothing else', async () => {
    const { store, polled, client, controller, entryOf } = setUp(many(8, { fate: 'landed', thanks: '🎉' }));
    for (const { key } of store.entries().slice(1)) store.update(key, { fate: 'landed' });
    store.update('t-5', { thanks: '🌈' });
    await refreshDelivered({ client, store, signal: controller.signal });
    expect(polled).toEqual(['t-6', 't-4', 't-3', 't-2', 't-1']);
    expect(['t-6', 't-5', 't-0'].map((key) => entryOf(key)?.thanks)).toEqual(['🎉', '🌈', undefined]);
  });

  it('stops if the service does not answer', async () => {
    const { store, polled, client, controller } = setUp(many(3, new TypeError('Failed to fetch')));
    for (const { key } of store.entries()) store.update(key, { fate: 'landed' });
    await refreshDelivered({ client, store, signal: controller.signal });
    expect(polled).toEqual(['t-2']);
  });
});

describe('the open history', () => {
  it('stores the fate of each gift', async () => {
    const { runRounds, entryOf, onReachable } = setUp({
      landed: { fate: 'landed', thanks: '🎉' },
      back: { state: 'withdrawn', fate: 'withdrawn' },
      late: { state: 'expired', fate: 'expired' },
      unknown: new Problem('ticket-unknown'),
      drawn: { state: 'spent', fate: 'on-its-way' },
    });
    await runRounds();
    expect(entryOf('landed')).toMatchObject({ fate: 'landed', thanks: '🎉' });
    expect(entryOf('back')?.end).toBe('withdrawn');
    expect(entryOf('late')?.end).toBe('expired');
    expect(entryOf('unknown')?.end).toBe('gone');
    expect(entryOf('drawn')).not.toHaveProperty('end');
    expect(entryOf('drawn')?.ticket).toBe('spent');
    expect(onReachable).toEqual([true]);
  });

  it.each([
    [{ state: 'waiting', fate: 'waiting' }, 3],
    [{ state: 'spent', fate: 'waiting' }, 3],
    [{ state: 'open', fate: 'landed' }, 5],
    [{ state: 'spent', fate: 'landed' }, undefined],
  ] as const)('knows when %j ends next', ({ state, fate }, day) => {
    const on = (number: number) => `2026-03-0${number}T12:00:00.000Z`;
    const status = statusOf({ state, fate });
    const ends = endOfWaiting({ ...status, expires_at: on(5), gift: { ...status.gift, expires_at: on(3) } });
    expect(ends).toBe(day === undefined ? undefined : on(day));
  });

  it('polls periodically, without gifts whose fate is final', async () => {
    const { runRounds, polled, pauses } = setUp(
      {
        waits: {},
        thanked: { fate: 'landed', thanks: '❤️' },
        landed: { fate: 'landed' },
        removed: { fate: 'removed' },
        unknown: new Problem('ticket-unknown'),
      },
      3,
    );
    await runRounds();
    expect(pauses).toEqual([refreshIntervalMs, refreshIntervalMs, refreshIntervalMs]);
    const times = (one: string) => polled.filter((ticket) => ticket === one).length;
    expect(['waits', 'thanked', 'landed', 'removed', 'unknown'].map(times)).toEqual([3, 1, 3, 1, 1]);
  });

  it('does not poll for a free draw', async () => {
    const { runRounds, polled, store } = setUp({});
    store.add({ parcel: { url: '/api/deliveries/d', name: 'b', size: 1 } });
    await runRounds();
    expect(polled).toEqual([]);
  });

  it('keeps the end of an exchange whose ticket is forgotten', async () => {
    const { runRounds, entryOf, store, exchangeOf, polled } = setUp({ old: new Problem('ticket-unknown') }, 2);
    store.markEnded(exchangeOf('old'), 'received');
    await runRounds();
    expect(entryOf('old')).toMatchObject({ end: 'received', forgotten: true });
    expect(polled).toEqual(['old']);
  });

  it('polls the newest tickets, more of them in the first round, four at a time', async () => {
    const { runRounds, polled, mostAtOnce } = setUp(many(maxFirstRound + 20), 2);
    await runRounds();
    expect(polled).toHaveLength(maxFirstRound + maxLaterRound);
    const newest = Array.from({ length: maxLaterRound }, (_, number) => `t-${maxFirstRound + 19 - number}`);
    expect(polled.slice(maxFirstRound).toSorted()).toEqual(newest.toSorted());
    expect(mostAtOnce()).toBe(4);
  });

  it('polls waiting gifts before delivered ones', async () => {
    const { runRounds, polled, store } = setUp({
      waits: {},
      ...many(maxFirstRound, { fate: 'landed' }),
    });
    for (const { key } of store.entries()) if (key !== 'waits') store.update(key, { fate: 'landed' });
    await runRounds();
    expect(polled[0]).toBe('waits');
    expect(polled).toHaveLength(maxFirstRound);
  });

  it.each([
    ['the connection is down', new TypeError('Failed to fetch')],
    ['the rate limit is exceeded', new Problem('too-many-requests')],
  ])('ends a round when %s, and reports it', async (_case, fault) => {
    const { runRounds, polled, onReachable, entryOf } = setUp(many(60, fault));
    await runRounds();
    expect(polled).toHaveLength(4);
    expect(onReachable).toEqual([false]);
    expect(entryOf('t-0')).not.toHaveProperty('end');
  });

  it('stops at the signal', async () => {
    const { runRounds, controller, polled, onReachable } = setUp(many(60), 9);
    const running = runRounds();
    controller.abort();
    await running;
    expect(polled.length).toBeLessThan(5);
    expect(onReachable).toEqual([]);
  });
});
