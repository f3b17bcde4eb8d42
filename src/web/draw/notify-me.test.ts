import { expect, it } from 'vitest';
import type { State } from '../state/exchange.ts';
import { hasCome } from './notify-me.tsx';

it.each<[State['name'], State['name'], boolean]>([
  ['waiting', 'receiving', true],
  ['waiting', 'arrived', true],
  ['waiting', 'idle', false],
  ['waiting', 'drawing', false],
  ['drawing', 'receiving', false],
  ['receiving', 'arrived', false],
  ['broken', 'receiving', false],
])('from %s to %s the wait is over: %s', (before, now, isOver) => {
  expect(hasCome(before, now)).toBe(isOver);
});
