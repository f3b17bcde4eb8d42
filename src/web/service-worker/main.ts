/**
 * The page's service worker: keeps the page for when the line is down, takes what a device shares with it, and leads back
 * from a notification. Everything else passes it by.
 */

import { partOf } from './classify-request.ts';
import { showPage } from './focus-page.ts';
import { dropOthers, fromCacheFirst, fromNetworkFirst, keepPage } from './page-cache.ts';
import { keepShare } from './share-target.ts';

declare const self: ServiceWorkerGlobalScope;

/** Of the build: what was kept of another is of no use. */
declare const VERSION: string;
const cacheName = `page-${VERSION}`;

self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([keepPage(cacheName), self.skipWaiting()]));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([dropOthers(cacheName), self.clients.claim()]));
});

self.addEventListener('fetch', (event) => {
  switch (partOf(event.request, self.location.origin)) {
    case 'share':
      return event.respondWith(keepShare(event.request));
    case 'page':
      return event.respondWith(fromNetworkFirst(cacheName, event, '/'));
    case 'named':
      return event.respondWith(fromNetworkFirst(cacheName, event));
    case 'hashed':
      return event.respondWith(fromCacheFirst(cacheName, event));
  }
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(showPage(self.clients));
});
