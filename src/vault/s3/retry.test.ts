import { expect, it } from 'vitest';
import { KeyExists } from '../keys.ts';
import { defaultRetryPolicy, type RetryPolicy, requestWithRetry, retry } from './retry.ts';

/** Patience whose time goes by only in its pauses. */
function testPatience(more: Partial<RetryPolicy> = {}) {
  const pauses: number[] = [];
  let time = 0;
  const sleep = async (milliseconds: number) => {
    pauses.push(milliseconds);
    time += milliseconds;
  };
  const made = { ...defaultRetryPolicy, now: () => time, sleep, random: () => 0.5, ...more };
  return { pauses, policy: made };
}

const passing = (error: Error = Object.assign(new Error('reset'), { code: 'ECONNRESET' })) => {
  const attempt = async () => {
    attempt.count += 1;
    throw error;
  };
  attempt.count = 0;
  return attempt;
};

it('pauses for longer each time, by chance, and gives up after so many tries', async () => {
  const { pauses, policy } = testPatience({ maxAttempts: 5, initialPause: 200 });
  const attempt = passing();
  await expect(retry(policy, attempt)).rejects.toThrow('reset');
  expect(attempt.count).toBe(5);
  expect(pauses).toEqual([100, 200, 400, 800]);
});

it('begins nothing after its time', async () => {
  const { policy } = testPatience({ maxAttempts: 100, initialPause: 1000, maxElapsed: 5000 });
  const attempt = passing();
  await expect(retry(policy, attempt)).rejects.toThrow('reset');
  expect(attempt.count).toBe(5);
});

it('tries once what will not pass', async () => {
  const { pauses, policy } = testPatience();
  for (const error of [new KeyExists(), new TypeError('a fault of ours'), new Error('unknown')]) {
    const attempt = passing(error);
    await expect(retry(policy, attempt)).rejects.toBe(error);
    expect(attempt.count).toBe(1);
  }
  expect(pauses).toEqual([]);
});

it('answers what works in the end', async () => {
  const { policy } = testPatience();
  const attempt = passing();
  const work = () => (attempt.count < 3 ? attempt() : Promise.resolve('kept'));
  expect(await retry(policy, work)).toBe('kept');
});

it('gives up on silence, but not on work that moves', async () => {
  const { policy } = testPatience({ maxAttempts: 1, stallTimeout: 100 });
  const until = (signal: AbortSignal, milliseconds: number) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  await expect(requestWithRetry(policy, ({ signal }) => until(signal, 5000))).rejects.toThrow(
    'S3 was silent for 100 milliseconds',
  );
  await requestWithRetry(policy, async ({ signal, progress }) => {
    for (let step = 0; step < 6; step += 1) {
      await until(signal, 40);
      progress();
    }
  });
});
