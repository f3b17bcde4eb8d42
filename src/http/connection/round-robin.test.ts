import { expect, it } from 'vitest';
import { createRoundRobin } from './round-robin.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('works for each in turn, with a limit for each turn of the event loop', async () => {
  const left = new Map([
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ]);
  const steps: string[] = [];
  const robin = createRoundRobin(2, (item: string) => {
    steps.push(item);
    left.set(item, (left.get(item) ?? 0) - 1);
    return (left.get(item) ?? 0) > 0;
  });
  for (const item of left.keys()) robin.add(item);
  robin.add('a');
  expect(steps).toEqual([]);
  const turns: string[] = [];
  for (let i = 0; i < 5; i++) {
    await turn();
    turns.push(steps.splice(0).join(''));
  }
  expect(turns.join(' ').trim()).toBe('ab ca ca');
});

it('keeps to the limit when a step adds another', async () => {
  let steps = 0;
  const robin = createRoundRobin(2, (item: number) => {
    steps += 1;
    robin.add(item + 1);
    return false;
  });
  robin.add(0);
  await turn();
  expect(steps).toBe(2);
  await turn();
  expect(steps).toBe(4);
});
