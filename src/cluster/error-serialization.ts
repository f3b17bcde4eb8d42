/** Errors as plain data for another process. Their class is lost, except that of `Problem`. */
import type { ProblemCode } from '../contract/problems/codes.ts';
import { Problem } from '../contract/problems/problem.ts';

export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a problem, or of an error of the system or the database. */
  readonly code: string | undefined;
  readonly problem: Pick<Problem, 'retryAfter' | 'facts'> | undefined;
  readonly cause: SerializedError | undefined;
}

export function serializeError(thrown: unknown): SerializedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause, code } = error as NodeJS.ErrnoException;
  return {
    name,
    message,
    stack,
    code: typeof code === 'string' ? code : undefined,
    problem: error instanceof Problem ? { retryAfter: error.retryAfter, facts: error.facts } : undefined,
    cause: cause === undefined ? undefined : serializeError(cause),
  };
}

export function deserializeError({ message, problem, cause, ...rest }: SerializedError): Error {
  const options = cause === undefined ? {} : { cause: deserializeError(cause) };
  if (!problem) return Object.assign(new Error(message, options), rest);
  const { retryAfter, facts } = problem;
  return new Problem(rest.code as ProblemCode, {
    ...options,
    ...facts,
    detail: message,
    retryAfter,
  });
}
