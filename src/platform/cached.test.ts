import { expect, it } from 'vitest';
import { cached } from './cached.ts';

it('asks once for many, again when the answer is old, and at once after a failure', async () => {
  let time = 0;
  let asked = 0;
  let fails = false;
  const ask = cached(
    () => time,
    10,
    async () => {
      asked += 1;
      if (fails) throw new Error('away');
      return asked;
    },
  );
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  time = 9;
  expect(await ask()).toBe(1);
  time = 10;
  fails = true;
  const both = await Promise.allSettled([ask(), ask()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toBe(2);
  fails = false;
  expect(await ask()).toBe(3);
});
