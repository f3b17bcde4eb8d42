import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startClock } from './database-clock.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

it('starts at the ledger’s time and advances with the process clock', async () => {
  let elapsed = 1_000;
  const clock = await startClock({ time: async () => 5_000_000 }, () => elapsed);
  expect(clock.now()).toBe(5_000_000);
  elapsed += 250;
  expect(clock.now()).toBe(5_000_250);
  clock.stop();
});

it('synchronises every 30 seconds, and keeps running when the ledger fails', async () => {
  let elapsed = 0;
  let answer: number | Error = 1_000;
  const time = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clock = await startClock({ time }, () => elapsed);
  elapsed = 30_000;
  answer = 40_000;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(clock.now()).toBe(40_000);
  elapsed = 60_000;
  answer = new Error('away');
  await vi.advanceTimersByTimeAsync(30_000);
  expect(clock.now()).toBe(70_000);
  clock.stop();
});
