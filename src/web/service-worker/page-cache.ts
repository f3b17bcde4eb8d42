/** The offline cache of the page. */
import { ownFolder, ownName, ownPath } from '../own-address.ts';

/** The name of the cache of a version. */
export const pageCacheName = (version: string): string => ownName(`page-${version}`, ownPath());

/** Caches the page; its assets follow as they are requested. A browser without room for it goes without. */
export async function cachePage(cacheName: string): Promise<void> {
  const cache = await openCache(cacheName);
  await cache?.add(ownFolder()).catch(() => undefined);
}

/** Undefined if the browser refuses, for instance without room. */
const openCache = (name: string): Promise<Cache | undefined> => caches.open(name).catch(() => undefined);

/** The cached answer to a request; a cache that fails has none. */
const findCached = (cache: Cache | undefined, key: RequestInfo): Promise<Response | undefined> =>
  cache?.match(key).catch(() => undefined) ?? Promise.resolve(undefined);

/** True for the name of the cache of any version of the page at `path`. */
export const isPageCache = (name: string, path: string): boolean =>
  name.startsWith('page-') && name === ownName(name.split('/', 1)[0] as string, path);

/** Deletes the caches of other versions. Shared files stay, and all that belongs to other pages of the host. */
export async function deleteOldCaches(cacheName: string): Promise<void> {
  const names = await caches.keys().catch((): string[] => []);
  const old = names.filter((name) => isPageCache(name, ownPath()) && name !== cacheName);
  await Promise.allSettled(old.map((name) => caches.delete(name)));
}

/** Cache first: for files that never change under their name. */
export async function cacheFirst(cacheName: string, event: FetchEvent): Promise<Response> {
  const cache = await openCache(cacheName);
  return (await findCached(cache, event.request)) ?? fetchAndKeep(cache, event, event.request);
}

/** Network first: for files that may change. `key` replaces the request as cache key. */
export async function networkFirst(
  cacheName: string,
  event: FetchEvent,
  key: RequestInfo = event.request,
): Promise<Response> {
  const cache = await openCache(cacheName);
  try {
    return await fetchAndKeep(cache, event, key);
  } catch (error) {
    const cached = await findCached(cache, key);
    if (cached) return cached;
    throw error;
  }
}

async function fetchAndKeep(cache: Cache | undefined, event: FetchEvent, key: RequestInfo): Promise<Response> {
  const answer = await fetch(event.request);
  // The response does not wait for the cache, and a full cache does not fail it.
  if (cache && answer.ok) event.waitUntil(cache.put(key, answer.clone()).catch(() => undefined));
  return answer;
}
