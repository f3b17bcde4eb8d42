import type { Context, Setback } from '../ports.ts';

/** How many removals are under way at once, and after how many failures the rest waits for the next sweep. */
const atOnce = 8;

/** The pause after a first failure, and the longest, in milliseconds. */
const firstPause = 5_000;
const longestPause = 10 * 60 * 1000;

/**
 * Removes bytes from the vault, and says of which it did. One that fails stops no other, and is left alone for a while
 * that doubles with each failure; but where as many fail as are under way at once, it is the storage that fails, and
 * leases must not wait for it.
 */
export async function removeBytes(
  { vault, setbacks }: Pick<Context, 'vault' | 'setbacks'>,
  keys: readonly string[],
  now: number,
): Promise<ReadonlySet<string>> {
  forgetOld(setbacks, now);
  const due = keys.filter((key) => (setbacks.get(key)?.until ?? now) <= now).values();
  const removed = new Set<string>();
  let failed = 0;
  const work = async () => {
    for (const key of due) {
      if (failed >= atOnce) return;
      try {
        await vault.remove(key);
        removed.add(key);
        setbacks.delete(key);
      } catch {
        failed += 1;
        setbacks.set(key, next(setbacks.get(key), now));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return removed;
}

/** What has not been asked for in so long, another process has removed. */
function forgetOld(setbacks: Map<string, Setback>, now: number): void {
  for (const [key, { until }] of setbacks) {
    if (until + longestPause < now) setbacks.delete(key);
  }
}

function next(last: Setback | undefined, now: number): Setback {
  const tries = (last?.tries ?? 0) + 1;
  return { tries, until: now + Math.min(longestPause, firstPause * 2 ** (tries - 1)) };
}
