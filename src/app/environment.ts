import { randomInt } from 'node:crypto';
import { createRandomBytes } from '../platform/random.ts';

/** Time, chance and the log's destination: the operating system's, or a test's. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  randomBytes(size: number): Uint8Array;
  /** A uniform whole number from 0 to below n. */
  roll(n: number): number;
  /** Standard output by default. */
  readonly log?: { write(line: string): void };
}

export const systemEnvironment: Environment = {
  now: () => Date.now(),
  randomBytes: createRandomBytes(),
  roll: (n) => randomInt(n),
};

/** A reason why the program cannot start with these settings, as one sentence for the operator. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/** Rethrows any error as an `OpenError` about the named part. */
export function asOpenError(part: string): (error: unknown) => never {
  return (error) => {
    throw new OpenError(`${part} cannot be opened: ${(error as Error).message}.`, { cause: error });
  };
}
