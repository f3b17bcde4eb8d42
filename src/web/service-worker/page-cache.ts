/** The page as it was last seen, for when the line is down. */
import { sharedCacheName } from './shared-files.ts';

/** The page itself; its parts are kept as they are asked for. */
export async function cachePage(cacheName: string): Promise<void> {
  await (await caches.open(cacheName)).add('/');
}

export async function deleteOldCaches(cacheName: string): Promise<void> {
  const others = (await caches.keys()).filter(
    (name) => ![cacheName, sharedCacheName].includes(name),
  );
  await Promise.all(others.map((name) => caches.delete(name)));
}

/** For what never changes under its name. */
export async function cacheFirst(cacheName: string, event: FetchEvent): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(event.request)) ?? fetchAndKeep(cache, event, event.request);
}

/** For what may have changed; kept under `key` where its address says more than what it is. */
export async function networkFirst(
  cacheName: string,
  event: FetchEvent,
  key: RequestInfo = event.request,
): Promise<Response> {
  const cache = await caches.open(cacheName);
  try {
    return await fetchAndKeep(cache, event, key);
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}

async function fetchAndKeep(cache: Cache, event: FetchEvent, key: RequestInfo): Promise<Response> {
  const answer = await fetch(event.request);
  // The answer neither waits until it is kept nor suffers where there is no room.
  if (answer.ok) event.waitUntil(cache.put(key, answer.clone()).catch(() => undefined));
  return answer;
}
