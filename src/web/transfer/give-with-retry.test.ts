import { describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../contract/client.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { failureOf, PageError } from '../failures.ts';
import { type GiveWithRetryOptions, giveWithRetry } from './give-with-retry.ts';

const keyedFile = { file: new File(['hello'], 'hello.txt'), key: 'k-1' };
const answer = { ticket: 't-1' };
const chosen = {
  giver: undefined,
  wish: undefined,
  expires: undefined,
  stripMetadata: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

/** A client whose attempts end as scripted, and a record of the calls. */
async function attempt(
  endings: readonly unknown[],
  more: Partial<GiveWithRetryOptions> = {},
  given: Client['given'] = async () => undefined,
  file = keyedFile,
) {
  const keys: (string | undefined)[] = [];
  const waits: number[] = [];
  const again: boolean[] = [];
  const client = {
    give: async (_file, options) => {
      const ending = endings[keys.push(options?.key) - 1];
      if (ending instanceof Error) throw ending;
      return ending;
    },
    given,
  } as Partial<Client> as Client;
  const outcome = await giveWithRetry(client, file, {
    ...chosen,
    onProgress: (_share, isAgain) => void again.push(isAgain),
    pause: async (milliseconds) => void waits.push(milliseconds),
    send: () => fetch,
    ...more,
  }).catch((error: unknown) => error);
  return { outcome, keys, waits, again };
}

const broken = new TypeError('The connection broke.');

it('repeats the upload with the same key until it succeeds', async () => {
  const { outcome, keys, waits, again } = await attempt([broken, broken, answer]);
  expect(outcome).toBe(answer);
  expect(keys).toEqual(['k-1', 'k-1', 'k-1']);
  expect(waits).toEqual([1_000, 2_000]);
  expect(again).toEqual([true, true]);
});

it.each(['upload-cut', 'too-slow', 'unexpected'] as const)('retries after %s', async (code) => {
  expect((await attempt([new Problem(code), answer])).outcome).toBe(answer);
});

it.each(['executable-refused', 'too-large', 'storage-full', 'too-many-requests'] as const)(
  'does not repeat a refused gift: %s',
  async (code) => {
    const { outcome, keys } = await attempt([new Problem(code), answer]);
    expect(outcome).toMatchObject({ code });
    expect(keys).toHaveLength(1);
  },
);

const reporting = (share: number) => (progress: (share: number) => void) => {
  queueMicrotask(() => progress(share));
  return fetch;
};

it('asks by the key what became of a gift whose answer is late', async () => {
  const never = new Promise(() => undefined);
  const asked: unknown[] = [];
  const given: Client['given'] = async ({ key }) => {
    asked.push(key);
    return asked.length < 2 ? undefined : (answer as never);
  };
  const { outcome, keys, waits } = await attempt([never], { send: reporting(1) }, given);
  expect(outcome).toBe(answer);
  expect([keys, asked, waits]).toEqual([['k-1'], ['k-1', 'k-1'], [30_000, 30_000]]);
});

it('asks for nothing while bytes go out', async () => {
  const late = new Promise((resolve) => setTimeout(() => resolve(answer), 20));
  const asked: unknown[] = [];
  const given: Client['given'] = async (options) => void asked.push(options) as undefined;
  await attempt([late], { send: reporting(0.99) }, given);
  expect(asked).toEqual([]);
});

it('says at once that a file has changed or is gone, and sends it no more', async () => {
  const gone = new File(['hello'], 'hello.txt');
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }) as never;
  const { outcome, keys } = await attempt([broken], {}, undefined, { file: gone, key: 'k-1' });
  expect(outcome).toBeInstanceOf(PageError);
  expect(outcome).toMatchObject({ code: 'unreadable' });
  expect(keys).toHaveLength(1);
});

describe('an answer of a proxy', () => {
  const giveThrough = async (status: number, headers: Record<string, string> = {}) => {
    let sends = 0;
    const proxy = async () => {
      sends++;
      return new Response('<h1>No</h1>', { status, headers });
    };
    const options = { ...chosen, pause: async () => undefined, send: () => proxy };
    const error = await giveWithRetry(createClient(), keyedFile, options).catch((error: unknown) => error);
    return { sends, failure: failureOf(error) };
  };

  it.each([
    [200, 'refused-between'],
    [401, 'refused-between'],
    [403, 'refused-between'],
    [404, 'refused-between'],
    [405, 'refused-between'],
    [413, 'too-large'],
    [429, 'too-many-requests'],
  ] as const)('%i is sent once, and is %s', async (status, code) => {
    expect(await giveThrough(status)).toEqual({ sends: 1, failure: { code } });
  });

  it.each([408, 500, 502, 503, 504])('%i is repeated', async (status) => {
    expect((await giveThrough(status)).sends).toBe(5);
  });

  it('says how long to wait', async () => {
    const { failure } = await giveThrough(429, { 'retry-after': '7' });
    expect(failure).toEqual({ code: 'too-many-requests', retryAfter: 7 });
  });
});

it('gives up when the connection stays down', async () => {
  const { outcome, keys } = await attempt(Array(20).fill(broken));
  expect(outcome).toBe(broken);
  expect(keys).toHaveLength(5);
});

it('stops when it is cancelled', async () => {
  const controller = new AbortController();
  const { keys } = await attempt([broken, answer], {
    signal: controller.signal,
    pause: async () => controller.abort(),
  });
  expect(keys).toHaveLength(1);
});
