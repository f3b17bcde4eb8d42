/** A short course of fuzzing: the kept requests, the same seeds as ever, and one that nobody has tried. `npm run fuzz` goes on. */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { connectionsOf, corpus, fuzz, replay } from '../fuzz/fuzz.ts';

/** In milliseconds; a machine that is busy tries less. */
const atMost = 8_000;

it('the kept requests do no harm, in one piece or in many', async () => {
  expect(corpus.size).toBeGreaterThan(20);
  expect(await replay([...corpus.values()].flatMap(connectionsOf))).toEqual([]);
});

const fresh = randomInt(2 ** 31);

it.each([1, 2, fresh])('seed %i does no harm', async (seed) => {
  const { batches, connections, failure } = await fuzz({ seed, runs: 20, atMost });
  expect(failure?.report).toBe(undefined);
  expect(batches).toBeGreaterThan(0);
  expect(connections).toBeGreaterThanOrEqual(6 * batches);
});
