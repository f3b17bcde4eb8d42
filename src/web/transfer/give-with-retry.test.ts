import { expect, it } from 'vitest';
import type { Client } from '../../contract/client.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { createIdempotencyKey, type GiveWithRetryOptions, giveWithRetry } from './give-with-retry.ts';

const keyedFile = { file: new File(['hello'], 'hello.txt'), key: 'k-1' };
const answer = { ticket: 't-1' };

/** A client whose attempts end as scripted, and a record of the calls. */
async function attempt(endings: readonly unknown[], more: Partial<GiveWithRetryOptions> = {}) {
  const keys: (string | undefined)[] = [];
  const waits: number[] = [];
  const again: boolean[] = [];
  const client = {
    give: async (_file, options) => {
      const ending = endings[keys.push(options?.key) - 1];
      if (ending instanceof Error) throw ending;
      return ending;
    },
  } as Partial<Client> as Client;
  const outcome = await giveWithRetry(client, keyedFile, {
    giver: undefined,
    wish: undefined,
    expires: undefined,
    stripMetadata: false,
    signal: new AbortController().signal,
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

it('creates unique keys', () => {
  const keys = new Set(Array.from({ length: 100 }, createIdempotencyKey));
  expect(keys.size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{48}$/);
});
