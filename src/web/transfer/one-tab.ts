/** Web Locks: work that one tab of a browser does for all, since HTTP/1.1 has six connections for all tabs together. */
import { ownName, ownPath } from '../own-address.ts';

/** Starts the work when no other tab does it, until the signal aborts. Browsers without Web Locks start it in each tab. */
export function runInOneTab(name: string, work: () => void, signal: AbortSignal): void {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) {
    work();
    return;
  }
  const untilAborted = () =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      work();
    });
  locks.request(ownName(name, ownPath()), { signal }, untilAborted).catch(() => undefined);
}
