import { Problem } from '../../contract/problems/problem.ts';
import { errno } from '../disk/errors.ts';

/** The name S3 gives a refusal, such as `NoSuchKey`; the system's or the client's own otherwise. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** The object is not there, says a bucket that is; a 404 of anybody else has another name, or none. */
export const isMissing = (error: unknown): boolean => nameOf(error) === 'NoSuchKey';

/** The object is not there, or its bucket: the answer to HEAD has no body to tell which. */
export const isNotYetVisible = (error: unknown): boolean =>
  ['NoSuchKey', 'NotFound'].includes(nameOf(error));

/** Somebody has used the name of this object before. */
export const isPreconditionFailed = (error: unknown): boolean =>
  nameOf(error) === 'PreconditionFailed';

/** The object ends before the range begins. */
export const isTooShort = (error: unknown): boolean => nameOf(error) === 'InvalidRange';

/** The upload in parts is not there: completed, or given up. */
export const isUploadGone = (error: unknown): boolean =>
  ['NoSuchUpload', 'NoSuchKey'].includes(nameOf(error));

/** Refusals of a moment, whatever they are worth in HTTP. A digest that does not match was damaged on the way. */
const ofTheMoment: ReadonlySet<string> = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'ThrottlingException',
  'TooManyRequests',
  'TooManyRequestsException',
  'XAmzContentSHA256Mismatch',
]);

/** S3 is silent, or leaves off in the middle. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
}

/** The client gave up, or had nobody to ask who it is; `Unfinished` is ours. */
const unanswered: ReadonlySet<string> = new Set([
  'AbortError',
  'CredentialsProviderError',
  'TimeoutError',
  'Unfinished',
]);

/**
 * Whether another try may work: nobody answered (what the system says of a connection has a code), or the answer came in
 * half (a success that cannot be read), or the server is in trouble, or it said "not now". Nothing else is: what is not
 * known to pass is told at once, above all that a key is used.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof Problem) return false;
  if (ofTheMoment.has(nameOf(error))) return true;
  const answer = answerOf(error);
  if (answer === undefined) return unanswered.has(nameOf(error)) || errno(error) !== undefined;
  return answer < 300 || (answer >= 500 && nameOf(error) !== 'NotImplemented');
}

/** What the answer was worth in HTTP; undefined when there was none. */
function answerOf(error: unknown): number | undefined {
  const { httpStatusCode } =
    (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata ?? {};
  return httpStatusCode;
}

const full: ReadonlySet<string> = new Set([
  'InsufficientStorage',
  'QuotaExceeded',
  'XMinioStorageFull',
]);

/** What a failure of S3 is to a client. */
export function s3Problem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem(full.has(nameOf(cause)) ? 'storage-full' : 'storage-failing', { cause });
}
