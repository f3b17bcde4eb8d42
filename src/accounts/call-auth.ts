/** Calls the endpoints of better-auth, and makes its errors problems of the contract. */
import type { ProblemCode } from '../contract/problems/codes.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { AccountBrowser, AccountReply } from './accounts.ts';

/** The part of better-auth that answers requests. */
export interface AuthHandler {
  readonly handler: (request: Request) => Promise<Response>;
  /** Where better-auth believes to be, without a slash at the end. */
  readonly baseUrl: string;
}

interface AuthCall {
  /** Below the base address, with the query. */
  readonly path: string;
  /** Sent by POST; without one the call is a GET. */
  readonly body?: object;
}

interface AuthReply extends AccountReply<unknown> {
  /** Of a redirect. */
  readonly location: string | undefined;
}

/**
 * Answers a call as its browser would get it. Throws the problem of a refusal. The HTTP layer lets only requests of this origin
 * pass, so the call is one.
 */
export async function callAuth(
  { handler, baseUrl }: AuthHandler,
  { cookie, userAgent }: AccountBrowser,
  { path, body }: AuthCall,
): Promise<AuthReply> {
  const headers = new Headers({ origin: new URL(baseUrl).origin });
  if (cookie !== undefined) headers.set('cookie', cookie);
  if (userAgent !== undefined) headers.set('user-agent', userAgent.slice(0, maxUserAgent));
  if (body) headers.set('content-type', 'application/json');
  const request = new Request(
    baseUrl + path,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
  );
  const response = await handler(request).catch((error: unknown) => {
    throw causeIn(error) ?? (isApiError(error) ? problemOf(error.body, error.status) : error);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok && !response.headers.has('location')) throw problemOf(answer, response.statusText);
  return {
    body: answer,
    cookies: response.headers.getSetCookie(),
    location: response.headers.get('location') ?? undefined,
  };
}

const maxUserAgent = 300;

interface ApiError {
  /** In words, such as `BAD_REQUEST`. */
  readonly status: string;
  readonly body: unknown;
}

/** The problem of ours behind an error of better-auth, such as a storage that fails. */
export const causeIn = (error: unknown): Problem | undefined => {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return error instanceof Problem ? error : cause instanceof Problem ? cause : undefined;
};

/** better-call has several classes of this name. */
const isApiError = (error: unknown): error is ApiError => error instanceof Error && error.name === 'APIError';

/** The codes of better-auth that say more than "failed". */
const codes: Readonly<Record<string, ProblemCode>> = {
  CHALLENGE_NOT_FOUND: 'challenge-over',
  SESSION_REQUIRED: 'account-needed',
  SESSION_NOT_FRESH: 'session-stale',
  PASSWORD_TOO_SHORT: 'password-unfit',
  PASSWORD_TOO_LONG: 'password-unfit',
  INVALID_ORIGIN: 'embed-refused',
  MISSING_OR_NULL_ORIGIN: 'embed-refused',
  INVALID_OAUTH_CONFIGURATION: 'openid-failing',
  PROVIDER_NOT_FOUND: 'openid-failing',
};

/** All failures to prove an identity look alike, so that none tells who has an account. */
function problemOf(answer: unknown, status: string): Problem {
  const { code = '', message = '' } = (answer ?? {}) as { code?: string; message?: string };
  const cause = new Error(`better-auth: ${status} ${code} ${message}`);
  if (Object.hasOwn(codes, code)) return new Problem(codes[code] as ProblemCode, { cause });
  // A credential that cannot even be read is answered with a failure of the server.
  if (code.startsWith('FAILED_TO_VERIFY')) return new Problem('sign-in-failed', { cause });
  const isFailure = status === 'INTERNAL_SERVER_ERROR';
  return new Problem(isFailure ? 'unexpected' : code === 'VALIDATION_ERROR' ? 'bad-request' : 'sign-in-failed', {
    cause,
  });
}
