/** A browser without a page: it keeps cookies, has a passkey, and talks to the endpoints of accounts. */
import { paths, pathTo } from '../../src/contract/api/paths.ts';
import { type CeremonyOptions, createPasskey, type Passkey } from './passkey.ts';

/** Where the exchange believes to be; the tests reach it by number. */
export const accountOrigin = 'http://localhost:8080';

export interface AccountBrowser {
  readonly passkey: Passkey;
  /** The cookies by name. */
  readonly cookies: Map<string, string>;
  /** Sends a request of the page, and keeps the cookies of the answer. */
  send(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: object): Promise<Response>;
  options(purpose: 'sign-up' | 'sign-in' | 'add', name?: string): Promise<CeremonyOptions>;
  signUp(name?: string): Promise<Response>;
  signIn(): Promise<Response>;
  /** Gives a file and earns a ticket. */
  give(name: string, text: string, headers?: Record<string, string>): Promise<{ ticket: string; giver: string }>;
  history(query?: string): Promise<HistoryList>;
}

interface HistoryList {
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly next?: number;
}

/** Opens a browser at the address of a test, optionally with the passkey of another one. */
export function openAccountBrowser(url: string, passkey: Passkey = createPasskey(accountOrigin)): AccountBrowser {
  const cookies = new Map<string, string>();
  const send: AccountBrowser['send'] = async (path, init = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...(init.headers as object) };
    const response = await fetch(url + path, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  };
  const post: AccountBrowser['post'] = (path, body) =>
    send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', origin: accountOrigin },
    });
  const options: AccountBrowser['options'] = async (purpose, name = '') =>
    (await (await post(paths.passkeyOptions, { purpose, name })).json()) as CeremonyOptions;
  return {
    passkey,
    cookies,
    send,
    post,
    options,
    signUp: async (name = '') => post(paths.passkeys, { credential: passkey.create(await options('sign-up', name)) }),
    signIn: async () => post(paths.signInByPasskey, { credential: passkey.get(await options('sign-in')) }),
    give: async (name, text, headers = {}) => {
      const form = new FormData();
      form.append('file', new Blob([text]), name);
      const init = { method: 'POST', body: form, headers: { accept: 'application/json', ...headers } };
      const response = await send(paths.exchange, init);
      return (await response.json()) as { ticket: string; giver: string };
    },
    history: async (query = '') => (await (await send(paths.accountHistory + query)).json()) as HistoryList,
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/max-age=0(?:;|$)/i.test(line) || value === '') cookies.delete(name);
  else cookies.set(name, value);
}

export const sessionCookie = '__Host-exchange.session_token';

/** The code of a problem in an answer. */
export async function problemIn(response: Response): Promise<string> {
  const { type = '' } = (await response.json()) as { type?: string };
  return `${response.status} ${type.split('#')[1]}`;
}

export { paths, pathTo };
