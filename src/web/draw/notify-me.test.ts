import { expect, it } from 'vitest';
import type { ExchangeState } from '../state/exchange.ts';
import { hasArrived } from './notify-me.tsx';

it.each<[ExchangeState['name'], ExchangeState['name'], boolean]>([
  ['waiting', 'receiving', true],
  ['waiting', 'arrived', true],
  ['waiting', 'idle', false],
  ['waiting', 'drawing', false],
  ['drawing', 'receiving', false],
  ['receiving', 'arrived', false],
  ['interrupted', 'receiving', false],
])('from %s to %s the wait is over: %s', (before, now, isOver) => {
  expect(hasArrived(before, now)).toBe(isOver);
});
