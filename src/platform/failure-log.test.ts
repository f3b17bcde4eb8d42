import { expect, it } from 'vitest';
import { createFailureLog } from './failure-log.ts';

it('logs the first failure of a state in full, then how many follow, and starts again after a quiet time', async () => {
  const lines: object[] = [];
  const log = { error: (facts: object, message: string) => void lines.push({ ...facts, message }) };
  const until = async (count: number) => {
    while (lines.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const failures = createFailureLog(50);
  for (let n = 0; n < 100; n++) failures.note(log, 'full', { n }, 'request failed');
  failures.note(log, 'broken', { n: 0 }, 'request failed');
  expect(lines).toEqual([
    { n: 0, message: 'request failed' },
    { n: 0, message: 'request failed' },
  ]);
  await until(3);
  expect(lines.slice(2)).toEqual([{ state: 'full', count: 99, message: 'failed again' }]);
  // One more pause without a failure ends the state.
  await new Promise((resolve) => setTimeout(resolve, 200));
  failures.note(log, 'full', { n: 1 }, 'request failed');
  expect(lines.slice(3)).toEqual([{ n: 1, message: 'request failed' }]);
});
