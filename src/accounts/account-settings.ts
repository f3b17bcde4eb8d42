/** How an account is opened, and its sessions: what its owner sees and changes. */
import { Problem } from '../contract/problems/problem.ts';
import type { AuthRow, AuthTable } from '../ledger/account-types.ts';
import type { AccountLedger } from '../ledger/ledger.ts';
import type { AccountLogins, AccountSession, AccountSettings, PasskeyFacts, SessionFacts } from './accounts.ts';
import { columnEquals } from './auth-conditions.ts';
import { maxPasswordLength, minPasswordLength } from './auth-options.ts';
import { openidId } from './openid.ts';
import { assertFresh } from './sign-in.ts';

/** The dependencies of the settings of accounts. */
interface SettingsContext {
  readonly ledger: AccountLedger;
  readonly hasMail: boolean;
  readonly hashPassword: (password: string) => Promise<string>;
  readonly randomId: () => string;
  readonly now: () => number;
}

/** The id that better-auth gives to logins by password. */
const passwordId = 'credential';

export function createAccountSettings(context: SettingsContext): AccountSettings {
  const { ledger, now } = context;
  const rowsOf = (table: AuthTable, { userId }: AccountSession) =>
    ledger.findAuthRows(table, {
      where: [columnEquals('user_id', userId)],
      order: { column: 'created_at', direction: 'desc' },
    });
  const logins = async (session: AccountSession): Promise<AccountLogins> => {
    const ways = (await rowsOf('auth_login', session)).map(({ provider_id }) => provider_id);
    return {
      passkeys: (await rowsOf('auth_passkey', session)).map(passkeyFacts),
      hasPassword: ways.includes(passwordId),
      hasOpenid: ways.includes(openidId),
    };
  };
  return {
    logins,
    rename: async ({ userId }, name) => {
      await ledger.changeAuthRows('auth_user', [columnEquals('id', userId)], { name, updated_at: now() });
    },
    setPassword: async (session, password) => {
      if (!context.hasMail || session.email === undefined) throw new Problem('method-off');
      assertFresh(session, now());
      if (password.length < minPasswordLength || password.length > maxPasswordLength)
        throw new Problem('password-unfit');
      await savePassword(context, session.userId, await context.hashPassword(password));
    },
    removePasskey: async (session, id) => {
      const { passkeys, hasOpenid } = await logins(session);
      if (!passkeys.some((passkey) => passkey.id === id)) throw new Problem('not-found');
      const hasOther = passkeys.length > 1 || hasOpenid || (context.hasMail && session.email !== undefined);
      if (!hasOther) throw new Problem('last-login');
      await ledger.removeAuthRows('auth_passkey', [columnEquals('id', id), columnEquals('user_id', session.userId)]);
    },
    sessions: async (session) =>
      (await rowsOf('auth_session', session)).map(sessionFacts).filter(({ expiresAt }) => expiresAt > now()),
    endSessions: async (session, id) => {
      const others = { column: 'id', operator: '!=', value: session.id, connector: 'and' } as const;
      const which = id === undefined ? others : columnEquals('id', id);
      const ended = await ledger.removeAuthRows('auth_session', [columnEquals('user_id', session.userId), which]);
      if (id !== undefined && ended.length === 0) throw new Problem('not-found');
      return ended.length;
    },
    remove: async (session) => {
      assertFresh(session, now());
      await ledger.removeAccount(session.userId);
    },
  };
}

async function savePassword({ ledger, randomId, now }: SettingsContext, userId: string, password: string) {
  const where = [columnEquals('user_id', userId), columnEquals('provider_id', passwordId)];
  const times = { created_at: now(), updated_at: now() };
  const changed = await ledger.changeAuthRows('auth_login', where, { password, updated_at: now() });
  if (changed.length > 0) return;
  const login = { user_id: userId, provider_id: passwordId, account_id: userId, password };
  await ledger.addAuthRow('auth_login', { id: randomId(), ...login, ...times });
}

const passkeyFacts = (row: AuthRow): PasskeyFacts => ({
  id: String(row.id),
  name: String(row.name ?? ''),
  createdAt: Number(row.created_at),
  isSynced: row.backed_up === 1,
});

const sessionFacts = (row: AuthRow): SessionFacts => ({
  id: String(row.id),
  createdAt: Number(row.created_at),
  lastSeenAt: Number(row.updated_at),
  expiresAt: Number(row.expires_at),
  userAgent: String(row.user_agent ?? ''),
});
