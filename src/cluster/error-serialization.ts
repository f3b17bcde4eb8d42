import type { ProblemCode } from '../contract/problems/codes.ts';
/** Errors on their way to another process: what is lost there is the class, so it says which one it was. */
import { Problem, type ProblemFacts } from '../contract/problems/problem.ts';

/** An error as plain data. */
export interface SerializedError {
  readonly message: string;
  readonly name: string;
  readonly stack: string | undefined;
  /** The system's, or the database's. */
  readonly code: string | undefined;
  readonly problem: Refused | undefined;
  readonly cause: SerializedError | undefined;
}

interface Refused {
  readonly code: ProblemCode;
  readonly retryAfter: number | undefined;
  readonly facts: ProblemFacts;
}

export function serializeError(error: unknown): SerializedError {
  const { message, name, stack, cause } = error instanceof Error ? error : new Error(String(error));
  const { code } = error as { code?: unknown };
  return {
    message,
    name,
    stack,
    code: typeof code === 'string' ? code : undefined,
    problem: error instanceof Problem ? refusedOf(error) : undefined,
    cause: cause === undefined ? undefined : serializeError(cause),
  };
}

const refusedOf = ({ code, retryAfter, facts }: Problem): Refused => ({ code, retryAfter, facts });

/** The error that a refusal tells of. */
export function deserializeError({
  message,
  name,
  stack,
  code,
  problem,
  cause: of,
}: SerializedError): Error {
  const cause = of && deserializeError(of);
  if (problem) {
    const { retryAfter, facts } = problem;
    return new Problem(problem.code, {
      detail: message,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(cause === undefined ? {} : { cause }),
      ...facts,
    });
  }
  const error = new Error(message, cause === undefined ? {} : { cause });
  return Object.assign(error, { name, stack, ...(code === undefined ? {} : { code }) });
}
