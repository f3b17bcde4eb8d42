/** The cache of the page's service worker. */
import type { Page } from 'playwright-core';

/** True if the worker controls the page and would open it offline. */
export const isPageCached = (page: Page) =>
  page.evaluate<boolean>(`(async () => {
    const parts = [...document.querySelectorAll('script[src], link[rel=stylesheet]')];
    const addresses = ['./', ...parts.map((part) => part.src ?? part.href)];
    const kept = await Promise.all(addresses.map((address) => caches.match(address)));
    return navigator.serviceWorker.controller !== null && kept.every(Boolean);
  })()`);

export const cachedPaths = (page: Page): Promise<string[]> =>
  page.evaluate(`(async () => {
    const places = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const requests = await Promise.all(places.map((place) => place.keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  })()`);
