/** Signing in and out. */
import type { FastifyReply } from 'fastify';
import type { AccountReply, Accounts } from '../../../accounts/accounts.ts';
import {
  AddPasskeyBody,
  LinkBody,
  LinkTokenBody,
  type OpenidStart,
  PasskeyBody,
  PasskeyOptionsBody,
  PasswordSignInBody,
} from '../../../contract/api/account-schemas.ts';
import { Problem } from '../../../contract/problems/problem.ts';
import { openidFailures } from '../../../contract/vocabulary.ts';
import type { HttpContext, HttpRequest } from '../../context.ts';
import { clientOf, guardAccount, setCookies } from '../../limits/account-guard.ts';
import { readBody } from '../../request/json-body.ts';

/** A handler where accounts are on. */
export type AccountHandler = (
  context: HttpContext,
  accounts: Accounts,
  request: HttpRequest,
  reply: FastifyReply,
) => unknown;

/** Refuses foreign pages, and counts an attempt to sign in. */
function guardAttempt(context: HttpContext, request: HttpRequest): void {
  guardAccount(context, request);
  context.limits.signIns.take(request);
}

/** Answers without a body, with the cookies of a reply. */
function sendCookies(reply: FastifyReply, { cookies }: Pick<AccountReply<unknown>, 'cookies'>): FastifyReply {
  setCookies(reply, cookies);
  return reply.code(204).send();
}

/** `POST /api/account/passkey-options` */
export const postPasskeyOptions: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAttempt(context, request);
  const { purpose, name = '' } = await readBody(request, context.settings, PasskeyOptionsBody, 'bad-request');
  const options = await signIn.passkeyOptions(clientOf(request), purpose, name.trim());
  setCookies(reply, options.cookies);
  return options.body;
};

/** `POST /api/account/passkeys` */
export const postPasskey: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAttempt(context, request);
  const { credential, name = '' } = await readBody(request, context.settings, AddPasskeyBody, 'bad-request');
  return sendCookies(reply, await signIn.addPasskey(clientOf(request), credential, name.trim()));
};

/** `POST /api/account/sign-in/passkey` */
export const postSignInPasskey: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAttempt(context, request);
  const { credential } = await readBody(request, context.settings, PasskeyBody, 'bad-request');
  return sendCookies(reply, await signIn.signInByPasskey(clientOf(request), credential));
};

/** `POST /api/account/link` */
export const postLink: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAttempt(context, request);
  const { email, language = 'en' } = await readBody(request, context.settings, LinkBody, 'bad-request');
  await signIn.sendLink(email, language);
  return reply.code(202).send();
};

/** `POST /api/account/sign-in/link` */
export const postSignInLink: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAttempt(context, request);
  const { token } = await readBody(request, context.settings, LinkTokenBody, 'bad-request');
  return sendCookies(reply, await signIn.signInByLink(clientOf(request), token));
};

/** `POST /api/account/sign-in/password` */
export const postSignInPassword: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAttempt(context, request);
  const { email, password } = await readBody(request, context.settings, PasswordSignInBody, 'bad-request');
  return sendCookies(reply, await signIn.signInByPassword(clientOf(request), email, password));
};

/** `POST /api/account/sign-in/openid` */
export const postSignInOpenid: AccountHandler = async (context, { signIn }, request, reply): Promise<OpenidStart> => {
  guardAttempt(context, request);
  const started = await signIn.startOpenid(clientOf(request));
  setCookies(reply, started.cookies);
  return { url: started.body.url };
};

/** `GET /api/account/callback/openid`: a navigation from the provider, which the state in a cookie binds to this browser. */
export const getOpenidReturn: AccountHandler = async (context, { signIn }, request, reply) => {
  context.limits.signIns.take(request);
  const page = `${context.settings.BASE_URL.path}/#account`;
  try {
    const query = request.raw.url?.split('?')[1] ?? '';
    setCookies(reply, (await signIn.finishOpenid(clientOf(request), query)).cookies);
    return reply.redirect(page, 303);
  } catch (error) {
    if (!(error instanceof Problem && openidFailures.some((code) => code === error.code))) throw error;
    return reply.redirect(`${page}=${error.code}`, 303);
  }
};

/** `POST /api/account/sign-out` */
export const postSignOut: AccountHandler = async (context, { signIn }, request, reply) => {
  guardAccount(context, request);
  const { cookies } = await signIn.signOut(clientOf(request));
  return sendCookies(reply, { cookies: [...cookies, ...signIn.endedCookies()] });
};
