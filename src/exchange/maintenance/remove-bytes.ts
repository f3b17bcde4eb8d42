import type { ExchangeContext, RemovalRetry } from '../ports.ts';

/** How many removals run at once, and after how many failures the rest waits for the next sweep. */
const maxConcurrent = 8;

/** The pause after the first failure, and the longest pause, in milliseconds. */
const minBackoff = 5_000;
const maxBackoff = 10 * 60 * 1000;

/**
 * Removes bytes from the vault with exponential backoff per key; answers the removed keys. After `maxConcurrent` failures the
 * storage itself is failing, and the sweep goes on without it.
 */
export async function removeBytes(
  { vault, removalRetries }: Pick<ExchangeContext, 'vault' | 'removalRetries'>,
  keys: readonly string[],
  now: number,
): Promise<ReadonlySet<string>> {
  forgetOld(removalRetries, now);
  const due = keys.filter((key) => (removalRetries.get(key)?.until ?? now) <= now).values();
  const removed = new Set<string>();
  let failed = 0;
  const work = async () => {
    for (const key of due) {
      if (failed >= maxConcurrent) return;
      try {
        await vault.remove(key);
        removed.add(key);
        removalRetries.delete(key);
      } catch {
        failed += 1;
        removalRetries.set(key, nextRetry(removalRetries.get(key), now));
      }
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, work));
  return removed;
}

/** Forgets keys that are no longer asked for, because another process has removed them. */
function forgetOld(setbacks: Map<string, RemovalRetry>, now: number): void {
  for (const [key, { until }] of setbacks) {
    if (until + maxBackoff < now) setbacks.delete(key);
  }
}

function nextRetry(last: RemovalRetry | undefined, now: number): RemovalRetry {
  const attempts = (last?.attempts ?? 0) + 1;
  return { attempts, until: now + Math.min(maxBackoff, minBackoff * 2 ** (attempts - 1)) };
}
