import { expect, it } from 'vitest';
import { KeyExists } from '../keys.ts';
import { defaultRetryPolicy, type RetryPolicy, requestWithRetry, retry } from './retry.ts';

/** A policy whose clock advances only in its pauses. */
function createTestPolicy(more: Partial<RetryPolicy> = {}) {
  const pauses: number[] = [];
  let time = 0;
  const sleep = async (milliseconds: number) => {
    pauses.push(milliseconds);
    time += milliseconds;
  };
  const policy = { ...defaultRetryPolicy, now: () => time, sleep, random: () => 0.5, ...more };
  return { pauses, policy };
}

const failingAttempt = (error: Error = Object.assign(new Error('reset'), { code: 'ECONNRESET' })) => {
  const attempt = async () => {
    attempt.count += 1;
    throw error;
  };
  attempt.count = 0;
  return attempt;
};

it('backs off exponentially with jitter, and stops after maxAttempts', async () => {
  const { pauses, policy } = createTestPolicy({ maxAttempts: 5, initialPause: 200 });
  const attempt = failingAttempt();
  await expect(retry(policy, attempt)).rejects.toThrow('reset');
  expect(attempt.count).toBe(5);
  expect(pauses).toEqual([100, 200, 400, 800]);
});

it('starts no attempt after maxElapsed', async () => {
  const { policy } = createTestPolicy({ maxAttempts: 100, initialPause: 1000, maxElapsed: 5000 });
  const attempt = failingAttempt();
  await expect(retry(policy, attempt)).rejects.toThrow('reset');
  expect(attempt.count).toBe(5);
});

it('does not retry final errors', async () => {
  const { pauses, policy } = createTestPolicy();
  for (const error of [new KeyExists(), new TypeError('a fault of ours'), new Error('unknown')]) {
    const attempt = failingAttempt(error);
    await expect(retry(policy, attempt)).rejects.toBe(error);
    expect(attempt.count).toBe(1);
  }
  expect(pauses).toEqual([]);
});

it('returns the result of a later attempt', async () => {
  const { policy } = createTestPolicy();
  const attempt = failingAttempt();
  const work = () => (attempt.count < 3 ? attempt() : Promise.resolve('kept'));
  expect(await retry(policy, work)).toBe('kept');
});

it('aborts a stalled attempt, but not one that makes progress', async () => {
  const { policy } = createTestPolicy({ maxAttempts: 1, stallTimeout: 100 });
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
