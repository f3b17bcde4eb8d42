import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../contract/problems/problem.ts';
import type { RpcHandlers } from './rpc.ts';
import { wirePair } from './testing/samples.ts';

const pairs: { close(): void }[] = [];
afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

function wired(far: RpcHandlers, near: RpcHandlers = {}) {
  const pair = wirePair(near, far);
  pairs.push(pair);
  return pair;
}

const echo: RpcHandlers = { echo: async (...facts: unknown[]) => facts };

/** What `asked` is refused with. */
const refusalOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => error,
  );

describe('a wire', () => {
  it('brings bytes, maps, null and what is undefined as they are', async () => {
    const facts = [
      Uint8Array.of(0, 255, 7),
      new Map([['key', { givenAt: 1, isNeeded: true }]]),
      { a: null, b: undefined, c: Number.POSITIVE_INFINITY, d: 'ä\0😀' },
      undefined,
      null,
    ];
    expect(await wired(echo).near.ask('echo', ...facts)).toEqual(facts);
  });

  it('answers each question with its own answer, in both directions', async () => {
    const slowly: RpcHandlers = {
      wait: (turns: number) => new Promise((resolve) => setTimeout(() => resolve(turns), turns)),
    };
    const { near, far } = wired(slowly, echo);
    const asked = [9, 1, 5].map((turns) => near.ask('wait', turns));
    expect(await far.ask('echo', 'back')).toEqual(['back']);
    expect(await Promise.all(asked)).toEqual([9, 1, 5]);
  });

  it('takes all that is asked in one turn in one message', async () => {
    const { near, messages } = wired(echo);
    await Promise.all(Array.from({ length: 50 }, (_, n) => near.ask('echo', n)));
    expect(messages()).toBe(1);
  });

  it('brings problems as problems, with all that they say', async () => {
    const cause = Object.assign(new Error('no space left', { cause: new Error('below') }), {
      code: 'ENOSPC',
    });
    const problem = new Problem('too-large', {
      detail: 'Too much.',
      limit: 7,
      retryAfter: 3,
      cause,
    });
    const { near } = wired({
      refuse: async () => {
        throw problem;
      },
    });
    const refused = await refusalOf(near.ask('refuse'));
    expect(refused).toBeInstanceOf(Problem);
    expect((refused as Problem).body()).toEqual(problem.body());
    expect(refused).toMatchObject({ code: 'too-large', retryAfter: 3, facts: { limit: 7 } });
    expect(refused).toMatchObject({
      cause: { message: 'no space left', code: 'ENOSPC', cause: { message: 'below' } },
    });
  });

  it('brings other errors as errors, thrown at once or later, and goes on', async () => {
    const { near } = wired({
      ...echo,
      atOnce: () => {
        throw new RangeError('out of it');
      },
    });
    const refused = await refusalOf(near.ask('atOnce'));
    expect(refused).toBeInstanceOf(Error);
    expect(refused).not.toBeInstanceOf(Problem);
    expect(refused).toMatchObject({ name: 'RangeError', message: 'out of it' });
    expect(await refusalOf(near.ask('toString'))).toMatchObject({ message: /nobody here knows/ });
    expect(await near.ask('echo', 1)).toEqual([1]);
  });

  it('that is cut refuses what was asked, and what is asked from then on', async () => {
    const { near } = wired({ never: () => new Promise(() => undefined) });
    const asked = refusalOf(near.ask('never'));
    near.cut();
    expect(await asked).toMatchObject({ code: 'storage-failing' });
    expect(await refusalOf(near.ask('never'))).toMatchObject({ code: 'storage-failing' });
    near.tell('news');
  });
});
