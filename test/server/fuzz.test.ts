/** A short fuzzing run: the saved requests, fixed seeds, and a new one. `npm run fuzz` runs longer. */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { connectionsOf, corpus, fuzz, replay } from '../fuzz/fuzz.ts';

/** In milliseconds; a busy machine tries fewer batches. */
const atMost = 8_000;

it('saved requests do no harm, in one segment or in many', async () => {
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
