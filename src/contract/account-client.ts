/** The typed client of accounts. The page loads it with their view. */
import type {
  AccountState,
  HistoryAnswer,
  OpenidStart,
  PasskeyOptionsBody,
  Sessions,
  TakeOverAnswer,
  TakeOverBody,
} from './api/account-schemas.ts';
import { paths, pathTo } from './api/paths.ts';
import { createCalls, jsonInit } from './client.ts';
import type { HistoryQuery } from './history-query.ts';

/** Requests are sent with the cookies of the page. They throw a `Problem` if they are refused. */
export interface AccountClient {
  state(): Promise<AccountState>;
  passkeyOptions(purpose: PasskeyOptionsBody['purpose'], name?: string): Promise<unknown>;
  addPasskey(credential: object, name?: string): Promise<void>;
  removePasskey(id: string): Promise<void>;
  signInByPasskey(credential: object): Promise<void>;
  sendLink(email: string, language: string): Promise<void>;
  signInByLink(token: string): Promise<void>;
  signInByPassword(email: string, password: string): Promise<void>;
  setPassword(password: string): Promise<void>;
  /** The address at the provider to go to. */
  startOpenid(): Promise<string>;
  signOut(): Promise<void>;
  sessions(): Promise<Sessions['sessions']>;
  /** Ends one session, or all others. */
  endSessions(id?: string): Promise<void>;
  deleteAccount(): Promise<void>;
  /** A page of the history: the newest entries, or those behind the cursor `before`. */
  history(query: HistoryQuery & { readonly before?: number }): Promise<HistoryAnswer>;
  takeOver(body: TakeOverBody): Promise<TakeOverAnswer>;
  /** Erases one entry, or the whole history. */
  eraseHistory(id?: string): Promise<void>;
  /** Addresses of downloads. */
  readonly exportUrl: string;
  readonly tableUrl: string;
}

/** Creates a client of the service at `base`, a URL or a path without a trailing slash. */
export function createAccountClient(base = '', request: typeof fetch = (...args) => fetch(...args)): AccountClient {
  const { call, callJson, postJson } = createCalls(base, request);
  const remove = async (path: string) => void (await call(path, { method: 'DELETE' }));
  return {
    state: () => callJson(paths.account),
    passkeyOptions: (purpose, name) =>
      callJson(paths.passkeyOptions, jsonInit('POST', { purpose, ...(name && { name }) })),
    addPasskey: (credential, name) => postJson(paths.passkeys, { credential, ...(name && { name }) }),
    removePasskey: (id) => remove(pathTo(paths.passkey, id)),
    signInByPasskey: (credential) => postJson(paths.signInByPasskey, { credential }),
    sendLink: (email, language) => postJson(paths.signInLink, { email, language }),
    signInByLink: (token) => postJson(paths.signInByLink, { token }),
    signInByPassword: (email, password) => postJson(paths.signInByPassword, { email, password }),
    setPassword: (password) => postJson(paths.password, { password }),
    startOpenid: async () => (await callJson<OpenidStart>(paths.signInByOpenid, jsonInit('POST', {}))).url,
    signOut: () => postJson(paths.signOut, {}),
    sessions: async () => (await callJson<Sessions>(paths.sessions)).sessions,
    endSessions: (id) => remove(id === undefined ? paths.sessions : pathTo(paths.session, id)),
    deleteAccount: () => remove(paths.account),
    history: (query) => {
      const parameters = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
      const search = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, String(value)]));
      return callJson(`${paths.accountHistory}?${search}`);
    },
    takeOver: (body) => callJson(paths.accountHistory, jsonInit('POST', body)),
    eraseHistory: (id) => remove(id === undefined ? paths.accountHistory : pathTo(paths.historyEntry, id)),
    exportUrl: base + paths.accountExport,
    tableUrl: base + paths.accountHistoryTable,
  };
}
