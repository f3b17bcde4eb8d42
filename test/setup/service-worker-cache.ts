/** What the page's service worker has kept in a browser. */
import type { Page } from 'playwright-core';

/** Whether the worker is at work, and would open the page without a line. */
export const isPageCached = (page: Page) =>
  page.evaluate<boolean>(`(async () => {
    const parts = [...document.querySelectorAll('script[src], link[rel=stylesheet]')];
    const addresses = ['/', ...parts.map((part) => part.src ?? part.href)];
    const kept = await Promise.all(addresses.map((address) => caches.match(address)));
    return navigator.serviceWorker.controller !== null && kept.every(Boolean);
  })()`);

export const cachedPaths = (page: Page): Promise<string[]> =>
  page.evaluate(`(async () => {
    const places = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const requests = await Promise.all(places.map((place) => place.keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  })()`);
