import { randomInt } from 'node:crypto';
import { Problem } from '../contract/problems/problem.ts';
import { createRandomBytes } from '../platform/random.ts';

/** Time, chance and the log's destination: the operating system's, or a test's. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds of a monotonic clock. */
  elapsed(): number;
  randomBytes(size: number): Uint8Array;
  /** A uniform whole number from 0 to below n. */
  roll(n: number): number;
  /** Standard output by default. */
  readonly log?: { write(line: string): void };
}

export const systemEnvironment: Environment = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  randomBytes: createRandomBytes(),
  roll: (n) => randomInt(n),
};

/** A reason why the program cannot start with these settings, as one sentence for the operator. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/**
 * Rethrows any error as an `OpenError` about the named part. The cause of a storage problem says more than its message, which is for
 * clients.
 */
export function asOpenError(part: string, advice?: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof OpenError) throw error;
    const { message, cause } = error as Error;
    const reason = error instanceof Problem && cause instanceof Error ? cause.message : message;
    const sentence = [reason.replace(/\.+$/, ''), ...(advice === undefined ? [] : [advice])].join('; ');
    throw new OpenError(`${part} cannot be opened: ${sentence}.`, { cause: error });
  };
}
