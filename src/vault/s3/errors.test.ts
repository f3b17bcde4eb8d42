import { expect, it } from 'vitest';
import { Problem } from '../../contract/problems/problem.ts';
import { isTransient, s3Problem } from './errors.ts';

const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('UnknownError'), { name, $metadata: { httpStatusCode } });
const system = (code: string) => Object.assign(new Error(code), { code });

it.each([
  answered('InternalError', 500),
  answered('SlowDown', 503),
  answered('Unknown', 502),
  answered('TooManyRequests', 429),
  answered('RequestTimeout', 400),
  answered('XAmzContentSHA256Mismatch', 400),
  answered('BadDigest', 400),
  answered('ConditionalRequestConflict', 409),
  // Half an answer to a listing: a success that cannot be read.
  answered('SyntaxError', 200),
  system('ECONNREFUSED'),
  system('ECONNRESET'),
  system('EAI_AGAIN'),
])('$name $code may pass', (error) => {
  expect(isTransient(error)).toBe(true);
});

it.each([
  answered('AccessDenied', 403),
  answered('NoSuchBucket', 404),
  answered('NoSuchKey', 404),
  answered('PreconditionFailed', 412),
  answered('NotImplemented', 501),
  new Problem('gift-damaged'),
  new TypeError('a fault of ours'),
])('$name $code does not pass', (error) => {
  expect(isTransient(error)).toBe(false);
});

it('tells no room from a failure, and leaves a problem what it is', () => {
  expect(s3Problem(answered('QuotaExceeded', 403)).code).toBe('storage-full');
  expect(s3Problem(answered('AccessDenied', 403)).code).toBe('storage-failing');
  const problem = new Problem('storage-full');
  expect(s3Problem(problem)).toBe(problem);
});
