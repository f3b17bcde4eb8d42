import { afterEach, describe, expect, it, vi } from 'vitest';
import { cacheFirst, cachePage, deleteOldCaches, isPageCache, networkFirst } from './page-cache.ts';

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

describe('a cache that fails', () => {
  const failing = () => Promise.reject(new DOMException('no room', 'QuotaExceededError'));
  const event = { request: new Request('https://example.org/assets/a.js'), waitUntil: () => undefined } as never;
  const answer = () => Promise.resolve(new Response('from the network'));
  const broken = { match: failing, put: failing, add: failing };

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([
    ['at its opening', { open: failing, keys: failing, delete: failing }],
    ['at each use', { open: async () => broken, keys: async () => ['page-old'], delete: failing }],
  ])('%s leaves the page to the network', async (_when, caches) => {
    vi.stubGlobal('caches', caches);
    vi.stubGlobal('location', new URL('https://example.org/'));
    vi.stubGlobal('fetch', answer);
    expect(await (await cacheFirst('page-1', event)).text()).toBe('from the network');
    expect(await (await networkFirst('page-1', event)).text()).toBe('from the network');
    await cachePage('page-1');
    await deleteOldCaches('page-1');
  });

  it('reports the lost network, not the cache', async () => {
    const lost = new TypeError('Failed to fetch');
    vi.stubGlobal('caches', { open: async () => broken });
    vi.stubGlobal('fetch', () => Promise.reject(lost));
    await expect(networkFirst('page-1', event)).rejects.toBe(lost);
  });
});
