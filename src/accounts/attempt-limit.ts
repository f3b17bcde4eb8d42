import { hash } from 'node:crypto';
import { Problem } from '../contract/problems/problem.ts';

/** How many keys are remembered; the oldest is dropped first. */
const maxKeys = 10_000;

/**
 * Limits attempts by key to `max` in `span` milliseconds from the first (fixed window), in this process. The returned function throws
 * `too-many-requests`.
 */
export function limitAttempts(max: number, span: number, now: () => number): (key: string) => void {
  const windows = new Map<string, { readonly until: number; count: number }>();
  return (key) => {
    const id = hash('sha256', key);
    const found = windows.get(id);
    const window = found && found.until > now() ? found : { until: now() + span, count: 0 };
    if (window.count >= max)
      throw new Problem('too-many-requests', { retryAfter: Math.ceil((window.until - now()) / 1_000) });
    window.count += 1;
    windows.delete(id);
    windows.set(id, window);
    const [oldest] = windows.keys();
    if (windows.size > maxKeys && oldest !== undefined) windows.delete(oldest);
  };
}
