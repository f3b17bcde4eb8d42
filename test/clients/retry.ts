/** Retries requests that failed for a transient reason: no connection, or failing storage. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The problem code of an answer, or `network` for every other error. */
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
