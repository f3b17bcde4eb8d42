import { expect, it } from 'vitest';
import { Problem } from '../../contract/problems/problem.ts';
import { isTransient, s3Problem } from './errors.ts';

const responseError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('UnknownError'), { name, $metadata: { httpStatusCode } });
const systemError = (code: string) => Object.assign(new Error(code), { code });

it.each([
  responseError('InternalError', 500),
  responseError('SlowDown', 503),
  responseError('Unknown', 502),
  responseError('TooManyRequests', 429),
  responseError('RequestTimeout', 400),
  responseError('XAmzContentSHA256Mismatch', 400),
  responseError('BadDigest', 400),
  responseError('ConditionalRequestConflict', 409),
  // A truncated response to a listing.
  responseError('SyntaxError', 200),
  systemError('ECONNREFUSED'),
  systemError('ECONNRESET'),
  systemError('EAI_AGAIN'),
])('$name $code is transient', (error) => {
  expect(isTransient(error)).toBe(true);
});

it.each([
  responseError('AccessDenied', 403),
  responseError('NoSuchBucket', 404),
  responseError('NoSuchKey', 404),
  responseError('PreconditionFailed', 412),
  responseError('NotImplemented', 501),
  new Problem('gift-damaged'),
  new TypeError('a fault of ours'),
])('$name $code is final', (error) => {
  expect(isTransient(error)).toBe(false);
});

it('s3Problem distinguishes a full storage and keeps problems', () => {
  expect(s3Problem(responseError('QuotaExceeded', 403)).code).toBe('storage-full');
  expect(s3Problem(responseError('AccessDenied', 403)).code).toBe('storage-failing');
  const problem = new Problem('storage-full');
  expect(s3Problem(problem)).toBe(problem);
});
