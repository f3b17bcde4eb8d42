/** Retries of requests that failed for a reason that passes: the service was away, or its storage failing. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The code of a problem that the service answered with; `network` for every other error. */
export function failureCode(error: unknown): string {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'Problem' && typeof code === 'string' ? code : 'network';
}

const transient: ReadonlySet<string> = new Set(['network', 'storage-failing']);

export const isTransient = (code: string): boolean => transient.has(code);

/** Repeats a request until the service answers. Throws the problem of a refusal. */
export async function retryUntilAnswered<T>(request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      // An error of `fetch` has no code.
      const { code } = error as { code?: unknown };
      if (code !== undefined && !isTransient(String(code))) throw error;
      await sleep(50);
    }
  }
}
