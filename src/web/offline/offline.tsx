/** The page without a network: it opens from the service worker's cache and shows that it is offline. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import { ownFolder } from '../own-address.ts';
import { Icon } from '../ui/icons.tsx';
import { registerWorker } from '../ui/own-scripts.ts';

/** `navigator.onLine`, with its changes. */
export function useOnline(): boolean {
  const [isOnline, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const controller = new AbortController();
    const update = () => setOnline(navigator.onLine);
    for (const event of ['online', 'offline']) addEventListener(event, update, { signal: controller.signal });
    // It may have changed between the first render and this effect.
    update();
    return () => controller.abort();
  }, []);
  return isOnline;
}

/** Hidden from screen readers: it may stand inside a button, and the live region announces it. */
export function OfflineLabel() {
  return (
    <span class="offline" aria-hidden="true">
      <Icon name="lineDown" />
      {t('offline')}
    </span>
  );
}

/** Registers the service worker, if the browser has them. `loadParts` loads what an offline page needs, too. */
export function registerServiceWorker(loadParts: () => Promise<unknown>): void {
  const worker = globalThis.navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!worker) return;
  worker.addEventListener('controllerchange', () => void loadParts().then(cacheLoadedAssets));
  registerWorker(worker, `${ownFolder()}sw.js`).catch(() => undefined);
}

/**
 * Requests the assets that were loaded before the worker had control, so that it caches them. The HTTP cache answers.
 */
async function cacheLoadedAssets(): Promise<void> {
  const parts = performance
    .getEntriesByType('resource')
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${ownFolder()}assets/`));
  await Promise.allSettled(parts.map((part) => fetch(part)));
}
