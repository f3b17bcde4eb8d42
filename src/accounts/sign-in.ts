/** Signing in and out. */
import { Problem } from '../contract/problems/problem.ts';
import type { AccountRole } from '../contract/vocabulary.ts';
import type { AccountBrowser, AccountSession, AccountSignIn } from './accounts.ts';
import { limitAttempts } from './attempt-limit.ts';
import type { Auth } from './auth-options.ts';
import { callAuth, causeIn } from './call-auth.ts';
import { openidId } from './openid.ts';
import { realAddress } from './unused-address.ts';

/** The dependencies of signing in. */
interface SignInContext {
  readonly auth: Auth;
  readonly hasMail: boolean;
  readonly hasOpenid: boolean;
  /** The secret of an account as a giver. */
  readonly giverOf: (userId: string) => string;
  readonly now: () => number;
}

const minute = 60_000;
/** Links to one address, and passwords tried for one. */
const maxLinks = { count: 5, span: 60 * minute };
const maxPasswords = { count: 10, span: 10 * minute };
/** A session is fresh for this long; removing an account and changes of how to open it need one. In milliseconds. */
const freshTime = 15 * minute;

/** Throws `session-stale` for a session that began too long ago. */
export function assertFresh({ createdAt }: AccountSession, now: number): void {
  if (now - createdAt > freshTime) throw new Problem('session-stale');
}

export function createSignIn(context: SignInContext): AccountSignIn {
  const { auth, hasMail, hasOpenid, now } = context;
  const countLink = limitAttempts(maxLinks.count, maxLinks.span, now);
  const countPassword = limitAttempts(maxPasswords.count, maxPasswords.span, now);
  const post = (client: AccountBrowser, path: string, body: object) => callAuth(auth, client, { path, body });
  const identify = (cookie: string | undefined) => readSession(context, cookie);
  return {
    identify,
    refresh: async (client) => {
      const { cookies } = await callAuth(auth, client, { path: '/get-session' });
      return { body: await identify(client.cookie), cookies };
    },
    passkeyOptions: async (client, purpose, name) => {
      if (purpose === 'add') await freshSession(context, client);
      const path = purpose === 'sign-in' ? '/passkey/generate-authenticate-options' : registrationPath(name);
      const { body, cookies } = await callAuth(auth, purpose === 'add' ? client : withoutSession(auth, client), {
        path,
      });
      return { body: body as object, cookies };
    },
    addPasskey: async (client, response, name) => {
      if (hasSession(auth, client.cookie)) await freshSession(context, client);
      const isSignUp = !hasSession(auth, client.cookie);
      return post(client, '/passkey/verify-registration', { response, name, createSession: isSignUp });
    },
    signInByPasskey: (client, response) =>
      post(withoutSession(auth, client), '/passkey/verify-authentication', { response }),
    sendLink: async (email, language) => {
      if (!hasMail) throw new Problem('method-off');
      countLink(email.toLowerCase());
      await post(noClient, '/sign-in/magic-link', { email, metadata: { language } });
    },
    signInByLink: async (client, token) => {
      if (!hasMail) throw new Problem('method-off');
      const query = new URLSearchParams({ token, callbackURL: '/', errorCallbackURL: '/' });
      const reply = await callAuth(auth, withoutSession(auth, client), { path: `/magic-link/verify?${query}` });
      if (reply.location?.includes('error=')) throw new Problem('sign-in-failed');
      return reply;
    },
    signInByPassword: async (client, email, password) => {
      if (!hasMail) throw new Problem('method-off');
      countPassword(email.toLowerCase());
      return post(withoutSession(auth, client), '/sign-in/email', { email, password });
    },
    startOpenid: async (client) => {
      if (!hasOpenid) throw new Problem('method-off');
      const body = { provider: openidId, callbackURL: '/', errorCallbackURL: '/', disableRedirect: true };
      const reply = await post(withoutSession(auth, client), '/sign-in/social', body);
      return { ...reply, body: reply.body as { url: string } };
    },
    finishOpenid: async (client, query) => {
      if (!hasOpenid) throw new Problem('method-off');
      const reply = await callAuth(auth, withoutSession(auth, client), { path: `/callback/${openidId}?${query}` });
      const isRefused = reply.location === undefined || /[?&]error=/.test(reply.location);
      if (isRefused) throw new Problem('openid-refused', { cause: new Error(reply.location) });
      return reply;
    },
    signOut: (client) => post(client, '/sign-out', {}),
    endedCookies: () => [`${auth.sessionCookie}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`],
  };
}

const noClient: AccountBrowser = { cookie: undefined, userAgent: undefined };

const registrationPath = (name: string): string =>
  `/passkey/generate-register-options?${new URLSearchParams(name === '' ? {} : { name, context: name })}`;

const hasSession = ({ sessionCookie }: Auth, cookie = ''): boolean =>
  cookie.split(/;\s*/).some((part) => part.startsWith(`${sessionCookie}=`));

/** A client that begins anew: the session that it has says nothing about who signs in now. */
const withoutSession = ({ sessionCookie }: Auth, client: AccountBrowser): AccountBrowser => {
  const rest = (client.cookie ?? '').split(/;\s*/).filter((part) => !part.startsWith(`${sessionCookie}=`));
  return { ...client, cookie: rest.join('; ') || undefined };
};

async function readSession(
  { auth, giverOf }: SignInContext,
  cookie: string | undefined,
): Promise<AccountSession | undefined> {
  if (!hasSession(auth, cookie)) return undefined;
  const headers = new Headers({ cookie: cookie ?? '' });
  const found = await auth.api.getSession({ headers, query: { disableRefresh: true } }).catch((error: unknown) => {
    throw causeIn(error) ?? error;
  });
  if (!found) throw new Problem('session-over');
  const { session, user } = found;
  return {
    id: session.id,
    userId: user.id,
    createdAt: session.createdAt.getTime(),
    name: user.name,
    email: realAddress(user.email),
    role: user.role as AccountRole,
    memberSince: user.createdAt.getTime(),
    giver: giverOf(user.id),
  };
}

/** The session of a client. Throws `account-needed`, `session-over`, `session-stale`. */
async function freshSession(context: SignInContext, { cookie }: AccountBrowser): Promise<AccountSession> {
  const session = await readSession(context, cookie);
  if (!session) throw new Problem('account-needed');
  assertFresh(session, context.now());
  return session;
}
