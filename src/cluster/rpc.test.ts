import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../contract/problems/problem.ts';
import type { RpcHandlers } from './rpc.ts';
import { createRpcPair } from './testing/samples.ts';

const pairs: { close(): void }[] = [];
afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

function connect(far: RpcHandlers, near: RpcHandlers = {}) {
  const pair = createRpcPair(near, far);
  pairs.push(pair);
  return pair;
}

const echo: RpcHandlers = { echo: async (...args: unknown[]) => args };

/** The error that a call rejects with. */
const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.unreachable('the call succeeded'),
    (error: unknown) => error,
  );

describe('RPC', () => {
  it('preserves bytes, maps, null and undefined', async () => {
    const args = [
      Uint8Array.of(0, 255, 7),
      new Map([['key', { givenAt: 1, isNeeded: true }]]),
      { a: null, b: undefined, c: Number.POSITIVE_INFINITY, d: 'ä\0😀' },
      undefined,
      null,
    ];
    expect(await connect(echo).near.call('echo', ...args)).toEqual(args);
  });

  it('matches results to calls, in both directions', async () => {
    const delayed: RpcHandlers = {
      wait: (time: number) => new Promise((resolve) => setTimeout(() => resolve(time), time)),
    };
    const { near, far } = connect(delayed, echo);
    const results = [9, 1, 5].map((time) => near.call('wait', time));
    expect(await far.call('echo', 'back')).toEqual(['back']);
    expect(await Promise.all(results)).toEqual([9, 1, 5]);
  });

  it('sends all calls of one turn in one message', async () => {
    const { near, messages } = connect(echo);
    await Promise.all(Array.from({ length: 50 }, (_, n) => near.call('echo', n)));
    expect(messages()).toBe(1);
  });

  it('preserves problems with their facts and causes', async () => {
    const cause = Object.assign(new Error('no space left', { cause: new Error('below') }), {
      code: 'ENOSPC',
    });
    const problem = new Problem('too-large', {
      detail: 'Too much.',
      limit: 7,
      retryAfter: 3,
      cause,
    });
    const { near } = connect({
      fail: async () => {
        throw problem;
      },
    });
    const error = await errorOf(near.call('fail'));
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).body()).toEqual(problem.body());
    expect(error).toMatchObject({ code: 'too-large', retryAfter: 3, facts: { limit: 7 } });
    expect(error).toMatchObject({
      cause: { message: 'no space left', code: 'ENOSPC', cause: { message: 'below' } },
    });
  });

  it('preserves the name and message of other errors, and stays usable', async () => {
    const { near } = connect({
      ...echo,
      atOnce: () => {
        throw new RangeError('out of it');
      },
    });
    const error = await errorOf(near.call('atOnce'));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(Problem);
    expect(error).toMatchObject({ name: 'RangeError', message: 'out of it' });
    expect(await errorOf(near.call('toString'))).toMatchObject({ message: /unknown function/ });
    expect(await near.call('echo', 1)).toEqual([1]);
  });

  it('rejects pending and later calls once it is closed', async () => {
    const { near } = connect({ never: () => new Promise(() => undefined) });
    const pending = errorOf(near.call('never'));
    near.close();
    expect(await pending).toMatchObject({ code: 'storage-failing' });
    expect(await errorOf(near.call('never'))).toMatchObject({ code: 'storage-failing' });
    near.notify('publish');
  });
});
