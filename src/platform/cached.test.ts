import { expect, it } from 'vitest';
import { cached } from './cached.ts';

it('shares one call, calls again after the maximum age and at once after a failure', async () => {
  let time = 0;
  let calls = 0;
  let fails = false;
  const read = cached(
    () => time,
    10,
    async () => {
      calls += 1;
      if (fails) throw new Error('away');
      return calls;
    },
  );
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  time = 9;
  expect(await read()).toBe(1);
  time = 10;
  fails = true;
  const both = await Promise.allSettled([read(), read()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toBe(2);
  fails = false;
  expect(await read()).toBe(3);
});
