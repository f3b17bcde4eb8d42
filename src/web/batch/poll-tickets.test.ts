import { describe, expect, it } from 'vitest';
import type { Delivery, TicketStatus } from '../../contract/api/schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { createLocalStore } from '../state/storage.ts';
import { createTicketPoller, pollIntervalMs } from './poll-tickets.ts';
import { BatchUploader } from './uploader.ts';

const gift = { name: 'a.txt', size: 1, mime_type: 'text/plain', kind: 'text' } as const;
const at = '2026-03-01T12:00:00.000Z';
const parcel = { url: '/api/deliveries/d', name: 'theirs', size: 1 } as Delivery;

type Answer = TicketStatus['state'] | Error;

/** Tickets of a batch, and a service whose answers the test sets. */
function setUp(answers: Record<string, Answer>, drawn?: Delivery) {
  const store = createLocalStore(undefined);
  for (const ticket of Object.keys(answers)) store.add({ exchange: { ticket, gift } });
  const polled: string[] = [];
  const draws: string[] = [];
  const pauses: number[] = [];
  const controller = new AbortController();
  let wake: () => void = () => undefined;
  let now = 0;
  let mostAtOnce = 0;
  const client = {
    ticket: async (ticket: string): Promise<TicketStatus> => {
      polled.push(ticket);
      mostAtOnce = Math.max(mostAtOnce, ++now);
      await new Promise((resolve) => setTimeout(resolve));
      now--;
      const state = answers[ticket] ?? 'open';
      if (state instanceof Error) throw state;
      const fate = state === 'withdrawn' ? 'withdrawn' : 'waiting';
      return { state, gift: { ...gift, sha256: 'ab', given_at: at, expires_at: at, fate }, expires_at: at };
    },
    draw: async (ticket: string) => {
      draws.push(ticket);
      answers[ticket] = drawn ? 'drawn' : 'waiting';
      return drawn;
    },
  };
  const uploader = new BatchUploader({ client: client as never, store });
  uploader.addPending();
  const pause = (milliseconds: number) => {
    pauses.push(milliseconds);
    return new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  const poll = createTicketPoller({ client, store, uploader, signal: controller.signal, pause });
  const markEnded = async () => {
    for (let turn = 0; turn < 60; turn++) await new Promise((resolve) => setTimeout(resolve));
  };
  return {
    answers,
    polled,
    draws,
    pauses,
    uploader,
    store,
    controller,
    mostAtOnce: () => mostAtOnce,
    poll: async (round: 'all' | 'waiting') => {
      poll(round);
      await markEnded();
    },
    wake: async () => {
      wake();
      await markEnded();
    },
    states: () =>
      uploader.batch.items.map(({ status }) => {
        if (status.name === 'ended') return status.end;
        return 'ticket' in status ? status.ticket : status.name;
      }),
  };
}

const numbered = (count: number, answer: Answer) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t-${index}`, answer]));

describe('the tickets of a batch', () => {
  it('are polled four at a time, and dropped when they are over', async () => {
    const { poll, states, mostAtOnce, store } = setUp({
      a: 'ready',
      b: 'drawn',
      c: 'waiting',
      d: 'spent',
      e: 'withdrawn',
      f: 'expired',
      g: new Problem('ticket-unknown'),
    });
    await poll('all');
    expect(states()).toEqual(['ready', 'drawn', 'waiting', 'received', 'withdrawn', 'expired', 'gone']);
    expect(store.pending()).toHaveLength(3);
    expect(mostAtOnce()).toBe(4);
  });

  it('are polled in order: if the first ones wait, the rest do', async () => {
    const { poll, wake, polled, answers } = setUp(numbered(12, 'waiting'));
    await poll('all');
    expect(polled).toHaveLength(12);
    polled.splice(0);
    await poll('waiting');
    await wake();
    expect(polled).toEqual(['t-0', 't-1', 't-2', 't-3']);
    polled.splice(0);
    answers['t-1'] = 'ready';
    await poll('waiting');
    await wake();
    expect(polled).toHaveLength(8);
  });

  it('are polled at most every few seconds', async () => {
    const { poll, wake, polled, pauses } = setUp({ a: 'waiting' });
    await poll('all');
    await poll('waiting');
    await poll('waiting');
    expect(polled).toEqual(['a']);
    expect(pauses).toEqual([pollIntervalMs]);
    await wake();
    expect(polled).toEqual(['a', 'a']);
    await wake();
    expect(polled).toEqual(['a', 'a']);
  });

  it('are all polled once more, whatever else is requested meanwhile', async () => {
    const { poll, wake, polled } = setUp({ a: 'ready' });
    await poll('all');
    await poll('all');
    await poll('waiting');
    await wake();
    expect(polled).toEqual(['a', 'a']);
  });

  it('draw with one of them first, to learn whether the pool has a file', async () => {
    const { poll, wake, draws, states } = setUp({ a: 'open', b: 'open' });
    await poll('all');
    expect(draws).toEqual(['a']);
    expect(states()).toEqual(['waiting', 'open']);
    await poll('waiting');
    await wake();
    expect(draws).toEqual(['a']);
  });

  it('store the delivery of that draw', async () => {
    const { poll, states, store } = setUp({ a: 'open', b: 'open' }, parcel);
    await poll('all');
    expect(states()).toEqual(['drawn', 'open']);
    expect(store.entries().find(({ key }) => key === 'a')?.parcel).toMatchObject({
      name: 'theirs',
    });
  });

  it('stay unchanged while the connection is down', async () => {
    const { poll, wake, states, answers, polled } = setUp({ a: new TypeError('down') });
    await poll('all');
    expect(states()).toEqual(['given']);
    answers.a = 'ready';
    await wake();
    await poll('all');
    expect(polled).toEqual(['a', 'a']);
    expect(states()).toEqual(['ready']);
  });

  it('are not polled after the signal', async () => {
    const { poll, wake, polled, controller } = setUp({ a: 'waiting' });
    await poll('all');
    controller.abort();
    await poll('all');
    await wake();
    expect(polled).toEqual(['a']);
  });
});
