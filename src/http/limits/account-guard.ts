/** The account of a request, and the guards of what belongs to one. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountBrowser, AccountSession, Accounts } from '../../accounts/accounts.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpContext } from '../context.ts';

/** The cookies and the browser of a request. */
export const clientOf = ({ headers }: FastifyRequest): AccountBrowser => ({
  cookie: headers.cookie,
  userAgent: headers['user-agent'],
});

/**
 * True unless a page of another origin sent the request. Browsers send cookies from subdomains too (`SameSite` is about sites),
 * so cookies count only for requests of this origin.
 */
function isOwnRequest({ settings }: Pick<HttpContext, 'settings'>, { headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined && headers.origin !== settings.BASE_URL.origin) return false;
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** Throws `embed-refused` for a request by a page of another origin. */
export function guardAccount(context: HttpContext, request: FastifyRequest): void {
  if (!isOwnRequest(context, request)) throw new Problem('embed-refused');
}

/** The account of a request that may have one. Throws `session-over`; `account-needed` where accounts are required. */
export async function accountOf(
  context: HttpContext,
  accounts: Accounts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<AccountSession | undefined> {
  const cookie = isOwnRequest(context, request) ? request.headers.cookie : undefined;
  const session = await identify(accounts, cookie, reply);
  if (!session && accounts.isRequired) throw new Problem('account-needed');
  return session;
}

/** The account of a request that needs one. Throws `account-needed`, `session-over`, `embed-refused`. */
export async function neededAccount(
  context: HttpContext,
  accounts: Accounts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<AccountSession> {
  guardAccount(context, request);
  const session = await identify(accounts, request.headers.cookie, reply);
  if (!session) throw new Problem('account-needed');
  return session;
}

const identify = (accounts: Accounts, cookie: string | undefined, reply: FastifyReply) =>
  accounts.signIn.identify(cookie).catch((error) => {
    throw endedSession(accounts, reply, error);
  });

/** Takes the cookie of a session that is over away, so that the browser can go on without an account; answers the error. */
export function endedSession({ signIn }: Accounts, reply: FastifyReply, error: unknown): unknown {
  if (error instanceof Problem && error.code === 'session-over') setCookies(reply, signIn.endedCookies());
  return error;
}

export function setCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length > 0) reply.header('set-cookie', [...cookies]);
}
