/** How better-auth is set up (https://better-auth.com/docs/reference/options). */
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { magicLink } from 'better-auth/plugins/magic-link';
import { paths } from '../contract/api/paths.ts';
import type { AccountLedger } from '../ledger/ledger.ts';
import { authAdapter } from './auth-adapter.ts';
import type { AuthHandler } from './call-auth.ts';
import { type OpenidSetup, openidProvider } from './openid.ts';
import { passkeys } from './passkeys.ts';

/** The settings that accounts depend on. */
interface AuthSetup {
  readonly ledger: AccountLedger;
  /** Where browsers reach the exchange, such as `https://example.org`, and the path below it, such as `/exchange`. */
  readonly origin: string;
  readonly path: string;
  /** Signs cookies. At least 32 characters. */
  readonly secret: string;
  /** How long a session lasts after its last use, in milliseconds. */
  readonly sessionTtl: number;
  readonly openid: OpenidSetup | undefined;
  /** Undefined without e-mail. */
  readonly sendLink: ((email: string, token: string, language: string) => Promise<void>) | undefined;
  readonly randomId: () => string;
  readonly log: AccountLog;
}

/** The part of a logger that accounts need. */
export interface AccountLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** A link in a mail is good for this long, in seconds. */
const linkTime = 15 * 60;
const second = 1_000;
/** A session is prolonged at most once in this time, in seconds. */
const prolongTime = 24 * 60 * 60;

export const minPasswordLength = 12;
export const maxPasswordLength = 128;

/** An instance of better-auth, and the name of its session cookie. */
export interface Auth extends AuthHandler {
  readonly sessionCookie: string;
  readonly api: ReturnType<typeof createBetterAuth>['api'];
  readonly hashPassword: (password: string) => Promise<string>;
}

export async function createAuth(setup: AuthSetup): Promise<Auth> {
  const auth = createBetterAuth(setup);
  const context = await auth.$context;
  return {
    handler: auth.handler,
    baseUrl: setup.origin + setup.path + paths.account,
    sessionCookie: context.authCookies.sessionToken.name,
    api: auth.api,
    hashPassword: context.password.hash,
  };
}

function createBetterAuth(setup: AuthSetup) {
  const { ledger, origin, path, secret, sessionTtl, openid, sendLink, log } = setup;
  return betterAuth({
    appName: 'Random File Exchange',
    baseURL: origin + path + paths.account,
    basePath: path + paths.account,
    secret,
    database: authAdapter(ledger),
    trustedOrigins: [origin],
    telemetry: { enabled: false },
    // Problems of ours pass, and `callAuth` knows the others.
    onAPIError: { throw: true },
    // Ours count by the addresses that TRUST_PROXY allows.
    rateLimit: { enabled: false },
    ...models,
    session: { ...models.session, expiresIn: sessionTtl / second, updateAge: prolongTime },
    emailAndPassword: {
      enabled: sendLink !== undefined,
      // An account by e-mail begins with a link, which proves the address.
      disableSignUp: true,
      requireEmailVerification: true,
      minPasswordLength,
      maxPasswordLength,
    },
    advanced: advancedFor(path),
    logger: { level: 'warn', log: (level, message, ...details) => logTo(log, level, message, details) },
    plugins: [
      passkeys(origin, setup.randomId),
      ...(openid ? [openidProvider(openid)] : []),
      ...(sendLink ? [linkBy(sendLink)] : []),
    ],
  });
}

const linkBy = (send: NonNullable<AuthSetup['sendLink']>) =>
  magicLink({
    expiresIn: linkTime,
    storeToken: 'hashed',
    sendMagicLink: ({ email, token, metadata }) => send(email, token, String(metadata?.language ?? 'en')),
  });

const advancedFor = (path: string) =>
  ({
    // `__Host-` (RFC 6265bis): sent to this host only, and over TLS only. Below other paths there may be other exchanges.
    cookiePrefix: `__Host-exchange${path.replaceAll('/', '.')}`,
    useSecureCookies: false,
    defaultCookieAttributes: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
    // Addresses are kept nowhere (R37).
    ipAddress: { disableIpTracking: true },
    // Explicitly, since better-auth is laxer in tests.
    disableOriginCheck: false,
    disableCSRFCheck: false,
  }) satisfies BetterAuthOptions['advanced'];

/** The names of better-auth's tables and columns in ours; see `020-accounts.ts`. */
const times = { createdAt: 'created_at', updatedAt: 'updated_at' } as const;
const models = {
  user: {
    modelName: 'auth_user',
    fields: { emailVerified: 'email_verified', ...times },
    additionalFields: { role: { type: 'string', required: true, input: false, defaultValue: 'member' } },
  },
  session: {
    modelName: 'auth_session',
    fields: {
      userId: 'user_id',
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      ...times,
    },
  },
  account: {
    modelName: 'auth_login',
    fields: {
      userId: 'user_id',
      accountId: 'account_id',
      providerId: 'provider_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      ...times,
    },
  },
  // Challenges, links and states are secrets: the ledger has their hashes.
  verification: {
    modelName: 'auth_verification',
    storeIdentifier: 'hashed',
    fields: { expiresAt: 'expires_at', ...times },
  },
} as const satisfies Pick<BetterAuthOptions, 'user' | 'session' | 'account' | 'verification'>;

/** Details may hold addresses and tokens, so only errors among them are logged. */
function logTo(log: AccountLog, level: string, message: string, details: readonly unknown[]): void {
  const err = details.find((detail) => detail instanceof Error);
  log[level === 'error' ? 'error' : 'warn'](err ? { err } : {}, `accounts: ${message}`);
}
