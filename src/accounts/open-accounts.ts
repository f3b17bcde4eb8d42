/** Puts accounts together from the settings. Loaded only where `ACCOUNTS` is on. */
import { createHmac } from 'node:crypto';
import type { Config } from '../config/settings.ts';
import { secretFrom } from '../exchange/secrets.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { createAccountHistory } from './account-history.ts';
import { createAccountSettings } from './account-settings.ts';
import type { Accounts } from './accounts.ts';
import { type AccountLog, createAuth } from './auth-options.ts';
import { createSignIn } from './sign-in.ts';
import { startAccountSweep } from './sweep-accounts.ts';

type AccountsConfig = Pick<
  Config,
  | 'ACCOUNTS'
  | 'BASE_URL'
  | 'SESSION_TTL'
  | 'HISTORY_TTL'
  | 'SMTP_URL'
  | 'MAIL_FROM'
  | 'OIDC_ISSUER'
  | 'OIDC_CLIENT_ID'
  | 'OIDC_CLIENT_SECRET'
  | 'OIDC_NAME'
>;

/** The parts of the program that accounts use. */
interface AccountsContext {
  readonly ledger: Ledger;
  /** The secret of the ledger, from which those of accounts are derived. */
  readonly keySecret: { readonly secret: string };
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: AccountLog;
}

/** Opens accounts. The settings are checked by `config/`. */
export async function openAccounts(config: AccountsConfig, context: AccountsContext): Promise<Accounts> {
  const { ledger, keySecret, log, now } = context;
  const { origin = '', path } = config.BASE_URL;
  const randomId = () => Buffer.from(context.randomBytes(16)).toString('hex');
  const mail = await openMailFrom(config);
  const hasMail = mail !== undefined;
  const hasOpenid = config.OIDC_ISSUER !== '';
  const auth = await createAuth({
    ledger,
    origin,
    path,
    secret: createHmac('sha256', keySecret.secret).update('accounts').digest('base64url'),
    sessionTtl: config.SESSION_TTL,
    openid: hasOpenid
      ? { issuer: config.OIDC_ISSUER, clientId: config.OIDC_CLIENT_ID, clientSecret: config.OIDC_CLIENT_SECRET }
      : undefined,
    sendLink: mail?.sendLink,
    randomId,
    log,
  });
  const sweep = await startAccountSweep({ ledger, log, now, historyTtl: config.HISTORY_TTL });
  const giverOf = (userId: string) => secretFrom(keySecret.secret, `account ${userId}`, 'giver');
  return {
    isRequired: config.ACCOUNTS === 'required',
    methods: { email: hasMail, openid: hasOpenid ? config.OIDC_NAME : undefined },
    signIn: createSignIn({ auth, hasMail, hasOpenid, giverOf, now }),
    settings: createAccountSettings({ ledger, hasMail, hashPassword: auth.hashPassword, randomId, now }),
    history: createAccountHistory({ ledger, log, now }),
    close: async () => {
      await sweep.stop();
      mail?.close();
    },
  };
}

async function openMailFrom({ SMTP_URL, MAIL_FROM, BASE_URL }: AccountsConfig) {
  if (SMTP_URL === '') return undefined;
  const { openMail } = await import('./mail.ts');
  return openMail({ smtpUrl: SMTP_URL, from: MAIL_FROM, pageUrl: `${BASE_URL.origin}${BASE_URL.path}/` });
}
