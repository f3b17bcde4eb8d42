import { expect, it } from 'vitest';
import { createIdleWatch } from './garbage-collection.ts';

it('collects once after each burst', () => {
  let collections = 0;
  const shares = [0.9, 0.5, 0.01, 0, 0, 0.3, 0.001, 0];
  const look = createIdleWatch(
    () => shares.shift() ?? 0,
    () => {
      collections += 1;
    },
  );
  const counts = Array.from({ length: 8 }, () => {
    look();
    return collections;
  });
  expect(counts).toEqual([0, 0, 1, 1, 1, 1, 2, 2]);
});
