/**
 * The service worker: caches the page for offline use, receives files of the share target, and focuses the page after a
 * notification.
 */

import { ownFolder } from '../own-address.ts';
import { classifyRequest } from './classify-request.ts';
import { focusPage } from './focus-page.ts';
import { cacheFirst, cachePage, deleteOldCaches, networkFirst, pageCacheName } from './page-cache.ts';
import { handleShare } from './share-target.ts';

declare const self: ServiceWorkerGlobalScope;

/** Set by the build; another version has another cache. */
declare const VERSION: string;
const cacheName = pageCacheName(VERSION);

self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([cachePage(cacheName), self.skipWaiting()]));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([deleteOldCaches(cacheName), self.clients.claim()]));
});

self.addEventListener('fetch', (event) => {
  switch (classifyRequest(event.request, ownFolder())) {
    case 'share':
      return event.respondWith(handleShare(event.request));
    case 'page':
      return event.respondWith(networkFirst(cacheName, event, ownFolder()));
    case 'named':
      return event.respondWith(networkFirst(cacheName, event));
    case 'hashed':
      return event.respondWith(cacheFirst(cacheName, event));
  }
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(focusPage(self.clients, ownFolder()));
});
