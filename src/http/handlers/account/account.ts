/** An account: its state, how it is opened, its sessions. */
import type { AccountSession, Accounts, SessionFacts } from '../../../accounts/accounts.ts';
import { type AccountState, PasswordBody, RenameBody, type Sessions } from '../../../contract/api/account-schemas.ts';
import { clientOf, endedSession, guardAccount, neededAccount, setCookies } from '../../limits/account-guard.ts';
import { readBody } from '../../request/json-body.ts';
import { instant } from '../../response/serializers.ts';
import { historyAnswer } from './history.ts';
import type { AccountHandler } from './sign-in.ts';

/** `GET /api/account` */
export const getAccount: AccountHandler = async (context, accounts, request, reply): Promise<AccountState> => {
  guardAccount(context, request);
  const { body: session, cookies } = await accounts.signIn.refresh(clientOf(request)).catch((error) => {
    throw endedSession(accounts, reply, error);
  });
  setCookies(reply, cookies);
  return accountState(accounts, session);
};

async function accountState(accounts: Accounts, session: AccountSession | undefined): Promise<AccountState> {
  const { email, openid } = accounts.methods;
  return {
    required: accounts.isRequired,
    methods: { passkey: true, email, ...(openid === undefined ? {} : { openid }) },
    ...(session && { account: await accountFacts(accounts, session) }),
  };
}

async function accountFacts(
  { settings }: Accounts,
  session: AccountSession,
): Promise<NonNullable<AccountState['account']>> {
  const { passkeys, hasPassword, hasOpenid } = await settings.logins(session);
  return {
    name: session.name,
    ...(session.email === undefined ? {} : { email: session.email }),
    role: session.role,
    created_at: instant(session.memberSince),
    passkeys: passkeys.map(({ id, name, createdAt, isSynced }) => ({
      id,
      name,
      created_at: instant(createdAt),
      is_synced: isSynced,
    })),
    has_password: hasPassword,
    has_openid: hasOpenid,
  };
}

/** `POST /api/account` */
export const postAccount: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  const { name } = await readBody(request, context.settings, RenameBody, 'bad-request');
  await accounts.settings.rename(session, name.trim());
  return reply.code(204).send();
};

/** `DELETE /api/account` */
export const deleteAccount: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  await accounts.settings.remove(session);
  setCookies(reply, accounts.signIn.endedCookies());
  return reply.code(204).send();
};

/** `POST /api/account/password` */
export const postPassword: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  context.limits.signIns.take(request);
  const { password } = await readBody(request, context.settings, PasswordBody, 'password-unfit');
  await accounts.settings.setPassword(session, password);
  return reply.code(204).send();
};

/** `DELETE /api/account/passkeys/{passkey}` */
export const deletePasskey: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  await accounts.settings.removePasskey(session, request.params.passkey);
  return reply.code(204).send();
};

/** `GET /api/account/sessions` */
export const getSessions: AccountHandler = async (context, accounts, request, reply): Promise<Sessions> => {
  const session = await neededAccount(context, accounts, request, reply);
  return { sessions: await sessionAnswers(accounts, session) };
};

const sessionAnswers = async ({ settings }: Accounts, session: AccountSession) =>
  (await settings.sessions(session)).map((one: SessionFacts) => ({
    id: one.id,
    current: one.id === session.id,
    created_at: instant(one.createdAt),
    last_seen_at: instant(one.lastSeenAt),
    expires_at: instant(one.expiresAt),
    user_agent: one.userAgent,
  }));

/** `DELETE /api/account/sessions` */
export const deleteOtherSessions: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  await accounts.settings.endSessions(session);
  return reply.code(204).send();
};

/** `DELETE /api/account/sessions/{session}` */
export const deleteSession: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  await accounts.settings.endSessions(session, request.params.session);
  if (request.params.session === session.id) setCookies(reply, accounts.signIn.endedCookies());
  return reply.code(204).send();
};

/** `GET /api/account/export.json` */
export const getExport: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  reply.header('content-disposition', 'attachment; filename="my-account.json"');
  const history = [];
  for await (const entry of accounts.history.all(session)) history.push(historyAnswer(entry));
  return {
    exported_at: instant(context.exchange.now()),
    account: await accountFacts(accounts, session),
    giver: session.giver,
    sessions: await sessionAnswers(accounts, session),
    history,
  };
};
