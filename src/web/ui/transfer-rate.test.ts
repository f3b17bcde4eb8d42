import { expect, it } from 'vitest';
import { createRateMeter } from './transfer-rate.ts';

function timed(whole: number) {
  let time = 0;
  const moved = createRateMeter(whole, () => time);
  return (after: number, size: number) => {
    time += after;
    return moved(size);
  };
}

it('is undefined before it can be measured', () => {
  const moved = timed(1000);
  expect(moved(0, 0)).toBeUndefined();
  expect(moved(100, 100)).toBeUndefined();
});

it('measures the rate and the time left', () => {
  const moved = timed(10_000);
  moved(0, 0);
  expect(moved(1000, 2000)).toEqual({ bytesPerSecond: 2000, secondsLeft: 4 });
});

it('follows the last seconds rather than the first', () => {
  const moved = timed(100_000);
  moved(0, 0);
  moved(1000, 50_000);
  expect(moved(5000, 51_000)).toEqual({ bytesPerSecond: 200, secondsLeft: 245 });
});

it('starts again when the bytes do', () => {
  const moved = timed(1000);
  moved(0, 0);
  moved(1000, 500);
  expect(moved(1000, 10)).toBeUndefined();
  expect(moved(1000, 110)).toEqual({ bytesPerSecond: 100, secondsLeft: 8.9 });
});

it('is undefined while nothing moves', () => {
  const moved = timed(1000);
  moved(0, 10);
  expect(moved(6000, 10)).toBeUndefined();
});
