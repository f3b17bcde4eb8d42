/** What the page does about a line that is down: it opens all the same, and says so. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import { Icon } from '../ui/icons.tsx';

/** Whether the device has a line at all, as far as it knows. */
export function useOnline(): boolean {
  const [isOnline, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const controller = new AbortController();
    const look = () => setOnline(navigator.onLine);
    for (const event of ['online', 'offline'])
      addEventListener(event, look, { signal: controller.signal });
    // It may have changed between the first drawing and now.
    look();
    return () => controller.abort();
  }, []);
  return isOnline;
}

/** For the eye alone: it lies in what is pressed, too, and the announcement says it aloud. */
export function OfflineLabel() {
  return (
    <span class="offline" aria-hidden="true">
      <Icon name="lineDown" />
      {t('offline')}
    </span>
  );
}

/** Lets the service worker keep the page. Where there is none, the page works as before, with a line. */
export function registerServiceWorker(): void {
  const worker = globalThis.navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!worker) return;
  worker.addEventListener('controllerchange', () => void cacheLoadedAssets());
  worker.register('/sw.js').catch(() => undefined);
}

/** What was loaded before the worker was there is asked for once more; the browser has it at hand, and the worker keeps it. */
async function cacheLoadedAssets(): Promise<void> {
  const parts = performance
    .getEntriesByType('resource')
    .map(({ name }) => new URL(name))
    .filter(
      ({ origin, pathname }) => origin === location.origin && pathname.startsWith('/assets/'),
    );
  await Promise.allSettled(parts.map((part) => fetch(part)));
}
