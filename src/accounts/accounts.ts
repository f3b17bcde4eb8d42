/** The interface of accounts. It is implemented only where `ACCOUNTS` is on; see `open-accounts.ts`. */
import type { HistoryQuery } from '../contract/history-query.ts';
import type { AccountRole } from '../contract/vocabulary.ts';
import type { AccountEntry, AddedHistory } from '../ledger/account-types.ts';

export type { AccountEntry } from '../ledger/account-types.ts';

/** A session of a request, by its cookie. */
export interface AccountSession {
  readonly id: string;
  readonly userId: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  readonly name: string;
  /** Undefined for an account without one. */
  readonly email: string | undefined;
  readonly role: AccountRole;
  readonly memberSince: number;
  /** The secret of the account as a giver, the same on all devices. */
  readonly giver: string;
}

/** The parts of a request that prove an identity. */
export interface AccountBrowser {
  readonly cookie: string | undefined;
  readonly userAgent: string | undefined;
}

/** An answer with the cookies to set. */
export interface AccountReply<T> {
  readonly body: T;
  readonly cookies: readonly string[];
}

/** The ways to sign in that the settings allow, besides passkeys. */
interface SignInMethods {
  readonly email: boolean;
  /** The name of the OpenID provider; undefined without one. */
  readonly openid: string | undefined;
}

/** A passkey as its owner sees it. */
export interface PasskeyFacts {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** True if the device's maker keeps it on several devices. */
  readonly isSynced: boolean;
}

/** How an account can be opened. */
export interface AccountLogins {
  readonly passkeys: readonly PasskeyFacts[];
  readonly hasPassword: boolean;
  readonly hasOpenid: boolean;
}

export interface SessionFacts {
  readonly id: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly userAgent: string;
}

/** A part of a history, and where the next part begins. */
interface HistoryPage {
  readonly entries: readonly AccountEntry[];
  /** The cursor of the next page; undefined on the last. */
  readonly next: number | undefined;
}

/** Which entries are wanted. All conditions must hold. */
export interface HistoryFilter extends HistoryQuery {
  /** The state of the gift that was given. */
  readonly state?: string | undefined;
}

export interface AccountSignIn {
  /** The account of the session cookie; undefined without a cookie. Throws `session-over` for a cookie that is no longer good. */
  identify(cookie: string | undefined): Promise<AccountSession | undefined>;
  /** The same, and prolongs the session once a day. */
  refresh(client: AccountBrowser): Promise<AccountReply<AccountSession | undefined>>;
  /** The options of a WebAuthn ceremony. `add` needs a fresh session. Throws `account-needed`, `session-stale`. */
  passkeyOptions(
    client: AccountBrowser,
    purpose: 'sign-up' | 'sign-in' | 'add',
    name: string,
  ): Promise<AccountReply<object>>;
  /** Makes an account with this passkey, or adds it to the one of the session. Throws `challenge-over`, `sign-in-failed`. */
  addPasskey(client: AccountBrowser, credential: object, name: string): Promise<AccountReply<unknown>>;
  /** Throws `challenge-over`, `sign-in-failed`. */
  signInByPasskey(client: AccountBrowser, credential: object): Promise<AccountReply<unknown>>;
  /** Sends a link that signs in, or makes an account. Throws `mail-failing`, `too-many-requests`, `method-off`. */
  sendLink(email: string, language: string): Promise<void>;
  /** Throws `sign-in-failed` for a link that was used or is too old. */
  signInByLink(client: AccountBrowser, token: string): Promise<AccountReply<unknown>>;
  /** Throws `sign-in-failed`, also for an unknown address. */
  signInByPassword(client: AccountBrowser, email: string, password: string): Promise<AccountReply<unknown>>;
  /** The address at the provider to go to. Throws `openid-failing`, `method-off`. */
  startOpenid(client: AccountBrowser): Promise<AccountReply<{ readonly url: string }>>;
  /** Ends the way back from the provider. Throws `openid-refused` for a state or code that is not of this browser. */
  finishOpenid(client: AccountBrowser, query: string): Promise<AccountReply<unknown>>;
  signOut(client: AccountBrowser): Promise<AccountReply<unknown>>;
  /** The cookies that end a session in the browser. */
  endedCookies(): readonly string[];
}

export interface AccountSettings {
  logins(session: AccountSession): Promise<AccountLogins>;
  rename(session: AccountSession, name: string): Promise<void>;
  /** Throws `session-stale`, `method-off`. */
  setPassword(session: AccountSession, password: string): Promise<void>;
  /** Throws `not-found`, `last-login`. */
  removePasskey(session: AccountSession, id: string): Promise<void>;
  sessions(session: AccountSession): Promise<readonly SessionFacts[]>;
  /** Ends one session, or all others. Throws `not-found`. */
  endSessions(session: AccountSession, id?: string): Promise<number>;
  /** Removes the account and its history; its gifts stay. Throws `session-stale`. */
  remove(session: AccountSession): Promise<void>;
}

/** The gifts that an account gave and received. */
export interface AccountHistory {
  /** Notes a gift, by its ticket or its key. A failure is logged, since the gift is kept. */
  noteGift(session: AccountSession, ticket: string | undefined, key: string): Promise<void>;
  /** Notes a draw without a ticket, by the secret of its delivery. A failure is logged. */
  noteDraw(session: AccountSession, secret: string): Promise<void>;
  read(session: AccountSession, filter: HistoryFilter, before: number | undefined, limit: number): Promise<HistoryPage>;
  /** All entries, the newest first. */
  all(session: AccountSession): AsyncIterable<AccountEntry>;
  /** Takes over what was given anonymously: the giver's gifts, and the exchanges of these secrets. */
  takeOver(
    session: AccountSession,
    giver: string | undefined,
    tickets: readonly string[],
    deliveries: readonly string[],
  ): Promise<AddedHistory>;
  /** Erases one entry, or all. Throws `not-found`. */
  erase(session: AccountSession, key?: string): Promise<void>;
}

export interface Accounts {
  /** True if nothing is given and drawn without an account. */
  readonly isRequired: boolean;
  readonly methods: SignInMethods;
  readonly signIn: AccountSignIn;
  readonly settings: AccountSettings;
  readonly history: AccountHistory;
  close(): Promise<void>;
}
