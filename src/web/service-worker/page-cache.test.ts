import { expect, it } from 'vitest';
import { isPageCache } from './page-cache.ts';

it.each([
  ['page-0a1b2c', '', true],
  ['page-of-yesterday', '', true],
  ['page-0a1b2c/exchange', '/exchange', true],
  ['page-0a1b2c/exchange', '', false],
  ['page-0a1b2c', '/exchange', false],
  ['page-0a1b2c/exchange/2', '/exchange', false],
  ['shared', '', false],
  ['of-another-program', '', false],
])('the cache %s belongs to the page at "%s": %s', (name, path, isOurs) => {
  expect(isPageCache(name, path)).toBe(isOurs);
});
