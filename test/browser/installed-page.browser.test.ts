import { imageSize } from 'image-size';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations } from '../setup/accessibility.ts';
import { cachedPaths, isPageCached } from '../setup/service-worker-cache.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const waits = 'You get the next file somebody gives.';
const offline = 'This device is offline. Nothing is lost';

/** The tests break the connection themselves. */
const visitors = createVisitors({
  isExpected: (fault) => fault.includes('net::ERR_INTERNET_DISCONNECTED'),
});
const { visit } = visitors;

/** A visitor with the service worker and all files of the page cached. */
const visitWithWorker = async (options?: BrowserContextOptions): Promise<Visitor> => {
  const visitor = await visit({ serviceWorkers: 'allow', ...options });
  await expect.poll(() => isPageCached(visitor.page)).toBe(true);
  return visitor;
};

describe('the installed page', () => {
  it('satisfies the criteria for an installation', async () => {
    const ada = await visitWithWorker();
    const session = await ada.page.context().newCDPSession(ada.page);
    const { errors, url } = await session.send('Page.getAppManifest');
    expect([errors, url]).toEqual([[], `${visitors.url}/manifest.webmanifest`]);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors).toEqual([]);
  });

  interface Manifest {
    readonly icons: { src: string; sizes: string; type: string; purpose?: string }[];
  }

  it('has icons of the declared sizes and types', async () => {
    const answer = await fetch(`${visitors.url}/manifest.webmanifest`);
    const { icons } = (await answer.json()) as Manifest;
    expect(icons.map(({ purpose }) => purpose)).toContain('maskable');
    const page = await (await fetch(visitors.url)).text();
    const touch = /rel="apple-touch-icon" href="([^"]+)"/.exec(page)?.[1];
    for (const { src, sizes, type } of [...icons, { src: touch, sizes: '180x180', type: 'image/png' }]) {
      const answer = await fetch(new URL(src ?? '', `${visitors.url}/`));
      expect([src, answer.status, answer.headers.get('content-type')]).toEqual([src, 200, type]);
      const { width, height } = imageSize(Buffer.from(await answer.arrayBuffer()));
      if (sizes !== 'any') expect([src, `${width}x${height}`]).toEqual([src, sizes]);
    }
  });

  it('shows its name in an exchange, and works without a service worker', async () => {
    const ada = await visit();
    expect(await ada.page.evaluate('navigator.serviceWorker.controller')).toBeNull();
    expect(await ada.page.title()).toBe('Random File Exchange');
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
  });
});

describe('offline', () => {
  it('opens, shows that it is offline, and continues when the connection is back', async () => {
    const [ada, ben] = [await visitWithWorker(), await visit()];
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    await ada.page.context().setOffline(true);
    await ada.sees(offline);
    await ada.page.reload();
    await ada.sees(offline);
    await ada.sees('ada.txt');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ben.give('ben.txt', 'Ben');
    await ben.sees('ada.txt');
    await ada.page.context().setOffline(false);
    await ada.sees('This came from a stranger.');
    await ada.page.getByText(offline).waitFor({ state: 'detached' });
    expect((await ada.save()).text).toBe('Ben');
  });

  it('asks about a file that is chosen then', async () => {
    const ada = await visitWithWorker();
    await expect.poll(async () => (await cachedPaths(ada.page)).join()).toMatch(/assets\/views-[^,]+\.js/);
    await ada.page.context().setOffline(true);
    await ada.page.reload();
    await ada.sees(offline);
    await ada.choose('ada.txt', 'Ada');
    await ada.sees('Give this file?');
    await ada.button('Give it').waitFor();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
  });

  it('announces it once, by the only live region', async () => {
    const ada = await visit();
    const liveRegion = ada.page.getByRole('status');
    expect(await liveRegion.textContent()).not.toContain(offline);
    await ada.page.context().setOffline(true);
    await expect.poll(() => liveRegion.textContent()).toContain(offline);
    expect(await ada.page.getByRole('status').count()).toBe(1);
    await ada.page.context().setOffline(false);
    await expect.poll(() => liveRegion.textContent()).not.toContain(offline);
  });

  it('shows no outdated data of the service', async () => {
    const ada = await visitWithWorker();
    await ada.page.evaluate(`Promise.all(
      ['/api/pool/stats', '/health/live', '/docs', '/openapi.json'].map((path) => fetch(path)))`);
    const known = await cachedPaths(ada.page);
    expect(known.filter((path) => !/^\/(?:$|assets\/|icons\/|favicon|manifest)/.test(path))).toEqual([]);
    await ada.page.context().setOffline(true);
    const request = "fetch('/api/pool/stats').then(() => 'answered', () => 'not reached')";
    expect(await ada.page.evaluate(request)).toBe('not reached');
    await expect(ada.page.goto(`${visitors.url}/docs`)).rejects.toThrow('ERR_INTERNET_DISCONNECTED');
  });

  it('deletes the cache of an earlier version and keeps shared files', async () => {
    const ada = await visitWithWorker();
    await ada.page.evaluate(`(async () => {
      await caches.open('page-of-yesterday');
      await (await caches.open('shared')).put('/share/1', new Response('1'));
      await (await navigator.serviceWorker.ready).unregister();
    })()`);
    await ada.page.reload();
    const names = () => ada.page.evaluate('caches.keys().then((names) => names.sort())');
    await expect.poll(names).toEqual([expect.stringMatching(/^page-[0-9a-f]{12}$/), 'shared']);
    expect(await cachedPaths(ada.page)).toContain('/share/1');
  });
});

describe('a visitor in another tab', () => {
  /** Replaces `Notification`, which a headless browser always denies, and records the calls. */
  const notifying = (permission: 'default' | 'granted') => `
    window.notifications = [];
    window.Notification = class {
      static permission = '${permission}';
      static async requestPermission() {
        notifications.push('may we?');
        return (this.permission = 'granted');
      }
      constructor(title, options) {
        notifications.push({ by: 'page', title, ...options });
      }
    };
    ServiceWorkerRegistration.prototype.showNotification = async (title, options) => {
      notifications.push({ by: 'worker', title, ...options });
    };`;
  const notifications = (one: Visitor): Promise<unknown[]> => one.page.evaluate('notifications');
  const hidePage = (one: Visitor) =>
    one.page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })");
  const notifiable = async (one: Visitor, permission: 'default' | 'granted') => {
    await one.page.addInitScript(notifying(permission));
    await one.page.reload();
    await one.give('ada.txt', 'Ada');
    await one.sees(waits);
  };
  const notification = {
    title: 'A file is ready for you',
    tag: 'parcel',
    icon: './icons/icon-192.png',
    lang: 'en',
  };

  it('is notified by the service worker after opting in, without a file name', async () => {
    const [ada, ben] = [await visitWithWorker(), await visit()];
    await notifiable(ada, 'default');
    expect(await notifications(ada)).toEqual([]);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.button('Tell me when it comes').click();
    await ada.sees('We will tell you, as long as this page is open somewhere.');
    await hidePage(ada);
    await ben.give('secret name.txt', 'Ben');
    await ada.sees('secret name.txt');
    const body = "A stranger's file has come for you. Look before you keep it.";
    expect(await notifications(ada)).toEqual(['may we?', { by: 'worker', body, ...notification }]);
  });

  it('is notified by the page if there is no service worker', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await notifiable(ada, 'granted');
    await ada.sees('We will tell you');
    expect(await ada.button('Tell me when it comes').count()).toBe(0);
    await hidePage(ada);
    await ben.give('ben.txt', 'Ben');
    await ada.sees('ben.txt');
    await expect.poll(() => notifications(ada)).toEqual([expect.objectContaining({ by: 'page', ...notification })]);
  });

  it('gets no notification while the page is visible', async () => {
    const [ada, ben] = [await visitWithWorker(), await visit()];
    await notifiable(ada, 'granted');
    await ben.give('ben.txt', 'Ben');
    await ada.sees('ben.txt');
    await hidePage(ada);
    await ada.save();
    expect(await notifications(ada)).toEqual([]);
  });

  it('reads that the browser denies notifications', async () => {
    const ada = await visit();
    await ada.give('ada.txt', 'Ada');
    await ada.sees('This browser does not let us tell you.');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
  });
});
