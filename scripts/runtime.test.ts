import { expect, it } from 'vitest';
import { isAtLeast } from './runtime.mjs';

it.each([
  ['22.12.0', true],
  ['22.11.0', false],
  ['20.20.2', false],
  ['23.0.0', true],
  ['24.1.0', true],
])('accepts Node.js %s: %s', (version, expected) => {
  expect(isAtLeast(version, '22.12')).toBe(expected);
});
