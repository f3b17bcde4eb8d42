import { Problem } from '../../contract/problems/problem.ts';
import { errno } from '../disk/errors.ts';

/** The error code of S3, such as `NoSuchKey`; otherwise the name of the system's or SDK's error. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** True if an existing bucket reports that the object is missing. Another server's 404 has another name. */
export const isMissing = (error: unknown): boolean => nameOf(error) === 'NoSuchKey';

/** True if the object or its bucket is missing: a response to HEAD has no body to tell which. */
export const isNotYetVisible = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes(nameOf(error));

/** True if the name of the object exists already. */
export const isPreconditionFailed = (error: unknown): boolean => nameOf(error) === 'PreconditionFailed';

/** True if the object ends before the start of the range. */
export const isTooShort = (error: unknown): boolean => nameOf(error) === 'InvalidRange';

/** True if the multipart upload no longer exists: completed or aborted. */
export const isUploadGone = (error: unknown): boolean => ['NoSuchUpload', 'NoSuchKey'].includes(nameOf(error));

/** Transient whatever their HTTP status. A digest mismatch is damage in transit. */
const transientNames: ReadonlySet<string> = new Set([
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

/** A response of S3 stalled or ended early. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
}

/** Errors of the SDK without a response, and ours. */
const unansweredNames: ReadonlySet<string> = new Set([
  'AbortError',
  'CredentialsProviderError',
  'TimeoutError',
  'Unfinished',
]);

/**
 * True if a retry may succeed: no response (system errors have a code), an unreadable success, a 5xx, or throttling.
 * All other errors are final, above all an existing key.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof Problem) return false;
  if (transientNames.has(nameOf(error))) return true;
  const status = httpStatusOf(error);
  if (status === undefined) return unansweredNames.has(nameOf(error)) || errno(error) !== undefined;
  return status < 300 || (status >= 500 && nameOf(error) !== 'NotImplemented');
}

/** Undefined without a response. */
function httpStatusOf(error: unknown): number | undefined {
  const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata ?? {};
  return httpStatusCode;
}

const storageFullNames: ReadonlySet<string> = new Set(['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull']);

/** The problem that a client sees for a failure of S3. */
export function s3Problem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem(storageFullNames.has(nameOf(cause)) ? 'storage-full' : 'storage-failing', {
    cause,
  });
}
