/** The offline cache of the page. */
import { sharedCacheName } from './shared-files.ts';

/** Caches the page; its assets follow as they are requested. */
export async function cachePage(cacheName: string): Promise<void> {
  await (await caches.open(cacheName)).add('/');
}

/** Deletes the caches of other versions; shared files stay. */
export async function deleteOldCaches(cacheName: string): Promise<void> {
  const others = (await caches.keys()).filter((name) => ![cacheName, sharedCacheName].includes(name));
  await Promise.all(others.map((name) => caches.delete(name)));
}

/** Cache first: for files that never change under their name. */
export async function cacheFirst(cacheName: string, event: FetchEvent): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(event.request)) ?? fetchAndKeep(cache, event, event.request);
}

/** Network first: for files that may change. `key` replaces the request as cache key. */
export async function networkFirst(
  cacheName: string,
  event: FetchEvent,
  key: RequestInfo = event.request,
): Promise<Response> {
  const cache = await caches.open(cacheName);
  try {
    return await fetchAndKeep(cache, event, key);
  } catch (error) {
    const cached = await cache.match(key);
    if (cached) return cached;
    throw error;
  }
}

async function fetchAndKeep(cache: Cache, event: FetchEvent, key: RequestInfo): Promise<Response> {
  const answer = await fetch(event.request);
  // The response does not wait for the cache, and a full cache does not fail it.
  if (answer.ok) event.waitUntil(cache.put(key, answer.clone()).catch(() => undefined));
  return answer;
}
