/** Accounts over HTTP, on SQLite. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accountOrigin,
  openAccountBrowser,
  paths,
  pathTo,
  problemIn,
  sessionCookie,
} from '../clients/account-client.ts';
import { liveThroughAccount } from '../setup/account-flow.ts';
import { formOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ ACCOUNTS: 'optional', BASE_URL: accountOrigin });
});
afterAll(() => app.close());

const open = (passkey?: Parameters<typeof openAccountBrowser>[1]) => openAccountBrowser(app.url, passkey);
const stateOf = async (browser: ReturnType<typeof open>) => (await browser.send(paths.account)).json();

describe('an account', () => {
  it('is made with a passkey, and opened with it in another browser', async () => {
    const ada = open();
    expect(await stateOf(ada)).toEqual({ required: false, methods: { passkey: true, email: false } });
    const made = await ada.signUp('Ada');
    expect(made.status).toBe(204);
    const cookie = made.headers.getSetCookie().find((line) => line.startsWith(sessionCookie));
    for (const part of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) expect(cookie).toContain(part);
    expect(cookie).not.toContain('Domain');
    expect(await stateOf(ada)).toMatchObject({
      account: {
        name: 'Ada',
        role: 'member',
        passkeys: [{ is_synced: false }],
        has_password: false,
        has_openid: false,
      },
    });
    expect(JSON.stringify(await stateOf(ada))).not.toContain('invalid');
    const phone = open(ada.passkey);
    expect((await phone.signIn()).status).toBe(204);
    expect(await stateOf(phone)).toMatchObject({ account: { name: 'Ada' } });
  });

  it('is opened by no other passkey', async () => {
    const stranger = open();
    expect(await problemIn(await stranger.signIn())).toBe('401 sign-in-failed');
    expect(stranger.cookies.has(sessionCookie)).toBe(false);
  });

  it('can be signed out of, which ends the session at the exchange', async () => {
    const ada = open();
    await ada.signUp();
    const stolen = new Map(ada.cookies);
    expect((await ada.post(paths.signOut, {})).status).toBe(204);
    expect(await stateOf(ada)).not.toHaveProperty('account');
    for (const [name, value] of stolen) ada.cookies.set(name, value);
    expect(await problemIn(await ada.send(paths.sessions))).toBe('401 session-over');
    expect(ada.cookies.has(sessionCookie)).toBe(false);
    expect(await problemIn(await ada.send(paths.sessions))).toBe('401 account-needed');
  });

  it('lists its sessions and ends them', async () => {
    const ada = open();
    await ada.signUp();
    const phone = open(ada.passkey);
    await phone.signIn();
    const { sessions } = (await (await ada.send(paths.sessions)).json()) as {
      sessions: { id: string; current: boolean }[];
    };
    expect(sessions.map(({ current }) => current).toSorted()).toEqual([false, true]);
    const ofPhone = sessions.find(({ current }) => !current)?.id ?? '';
    const stranger = open();
    await stranger.signUp();
    expect(await problemIn(await stranger.send(pathTo(paths.session, ofPhone), { method: 'DELETE' }))).toBe(
      '404 not-found',
    );
    expect((await ada.send(pathTo(paths.session, ofPhone), { method: 'DELETE' })).status).toBe(204);
    expect(await problemIn(await phone.send(paths.sessions))).toBe('401 session-over');
    await phone.signIn();
    expect((await ada.send(paths.sessions, { method: 'DELETE' })).status).toBe(204);
    expect(await problemIn(await phone.send(paths.sessions))).toBe('401 session-over');
    expect((await ada.send(paths.sessions)).status).toBe(200);
  });

  it('takes more passkeys, and keeps the last one', async () => {
    const ada = open();
    await ada.signUp();
    const key = open();
    for (const [name, value] of ada.cookies) key.cookies.set(name, value);
    const credential = key.passkey.create(await key.options('add'));
    expect((await key.post(paths.passkeys, { credential, name: 'Key' })).status).toBe(204);
    const { account } = (await stateOf(ada)) as { account: { passkeys: { id: string; name: string }[] } };
    expect(account.passkeys.map(({ name }) => name)).toContain('Key');
    const [one, other] = account.passkeys.map(({ id }) => pathTo(paths.passkey, id)) as [string, string];
    expect((await ada.send(one, { method: 'DELETE' })).status).toBe(204);
    expect(await problemIn(await ada.send(one, { method: 'DELETE' }))).toBe('404 not-found');
    expect(await problemIn(await ada.send(other, { method: 'DELETE' }))).toBe('409 last-login');
  });

  it('is exported and deleted, and its gifts stay', async () => {
    const ada = open();
    await ada.signUp('Ada');
    await ada.post(paths.account, { name: 'Lady Lovelace' });
    const { ticket } = await ada.give('ada.txt', 'Ada was here');
    expect(await (await ada.send(paths.accountExport)).json()).toMatchObject({
      account: { name: 'Lady Lovelace' },
      giver: expect.stringMatching(/^g_[\w-]{32}$/),
      sessions: [{ current: true }],
      history: [{ gave: { name: 'ada.txt', fate: 'waiting' } }],
    });
    expect((await ada.send(paths.account, { method: 'DELETE' })).status).toBe(204);
    expect(ada.cookies.has(sessionCookie)).toBe(false);
    expect(await problemIn(await ada.signIn())).toBe('401 sign-in-failed');
    expect((await app.client.ticket(ticket)).state).toBe('open');
  });
});

describe('a ceremony', () => {
  it('cannot be replayed', async () => {
    const ada = open();
    const credential = ada.passkey.create(await ada.options('sign-up'));
    const challenge = new Map(ada.cookies);
    expect((await ada.post(paths.passkeys, { credential })).status).toBe(204);
    const thief = open();
    for (const [name, value] of challenge) thief.cookies.set(name, value);
    expect(await problemIn(await thief.post(paths.passkeys, { credential }))).toBe('400 challenge-over');
    const answer = ada.passkey.get(await thief.options('sign-in'));
    const again = new Map(thief.cookies);
    expect((await thief.post(paths.signInByPasskey, { credential: answer })).status).toBe(204);
    const other = open();
    for (const [name, value] of again) other.cookies.set(name, value);
    other.cookies.delete(sessionCookie);
    expect(await problemIn(await other.post(paths.signInByPasskey, { credential: answer }))).toBe('400 challenge-over');
  });

  it('belongs to the browser that began it', async () => {
    const [ada, ben] = [open(), open()];
    const credential = ada.passkey.create(await ada.options('sign-up'));
    expect(await problemIn(await ben.post(paths.passkeys, { credential }))).toBe('400 challenge-over');
    await ben.options('sign-up');
    expect(await problemIn(await ben.post(paths.passkeys, { credential }))).toBe('401 sign-in-failed');
  });

  it('belongs to this origin', async () => {
    const { createPasskey } = await import('../clients/passkey.ts');
    const phished = open(createPasskey('https://evil.example'));
    expect(await problemIn(await phished.signUp())).toBe('401 sign-in-failed');
  });

  it.each([
    ['no JSON', 'x'],
    ['no credential', '{}'],
    ['a credential of another form', '{"credential": {"id": 1, "response": {}}}'],
    ['too much', JSON.stringify({ credential: { id: 'x'.repeat(9_000), response: {} } })],
  ])('refuses %s', async (_case, body) => {
    const ada = open();
    await ada.options('sign-in');
    const headers = { 'content-type': 'application/json' };
    const answer = await ada.send(paths.signInByPasskey, { method: 'POST', body, headers });
    expect([400, 413]).toContain(answer.status);
  });

  it('refuses a broken credential', async () => {
    const ada = open();
    await ada.options('sign-in');
    const credential = { id: 'x', rawId: 'x', type: 'public-key', response: { clientDataJSON: '%' } };
    expect(await problemIn(await ada.post(paths.signInByPasskey, { credential }))).toBe('401 sign-in-failed');
    await ada.options('sign-up');
    expect(await problemIn(await ada.post(paths.passkeys, { credential }))).toBe('401 sign-in-failed');
  });
});

describe('a page of another origin', () => {
  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a subdomain', { 'sec-fetch-site': 'same-site', origin: 'http://other.localhost:8080' }],
    ['an old browser', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
  ])('does nothing with a session: %s', async (_case, headers) => {
    const ada = open();
    await ada.signUp();
    const sent = { ...headers, 'content-type': 'application/json' } as Record<string, string>;
    const answer = await ada.send(paths.account, { method: 'POST', body: '{"name":"Eve"}', headers: sent });
    expect(await problemIn(answer)).toBe('403 embed-refused');
    expect(await problemIn(await ada.send(paths.accountHistory, { headers: sent }))).toBe('403 embed-refused');
  });

  it('gives nothing in the name of an account', async () => {
    const ada = open();
    await ada.signUp();
    const headers = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', origin: 'http://other.localhost:8080' };
    await ada.give('forced.txt', 'forced', headers);
    expect((await ada.history()).entries).toEqual([]);
  });
});

describe('a session that is over', () => {
  it('keeps nothing of a gift, and tells so', async () => {
    const ada = open();
    await ada.signUp();
    ada.cookies.set(sessionCookie, 'forged.AAAA');
    const before = (await app.client.poolStats()).file_count;
    const init = { method: 'POST', body: formOf('a.txt', 'a') };
    expect(await problemIn(await ada.send(paths.exchange, init))).toBe('401 session-over');
    expect((await app.client.poolStats()).file_count).toBe(before);
    // The cookie is gone, so that the next attempt is anonymous.
    expect((await ada.send(paths.exchange, { method: 'POST', body: formOf('a.txt', 'a') })).ok).toBe(true);
  });
});

it('statistics tell that there are accounts', async () => {
  expect(await app.client.poolStats()).toMatchObject({ accounts: 'optional' });
});

it('an account is one giver with one history on all devices', async () => {
  const alone = await openTestApp({ ACCOUNTS: 'optional', BASE_URL: accountOrigin });
  await liveThroughAccount([alone.url, alone.url]);
  await alone.close();
});

it.each(['?limit=0', '?limit=101', '?before=x', '?kind=nothing', '?fate=lost', '?direction=sideways'])(
  'a history refuses %s',
  async (query) => {
    const ada = open();
    await ada.signUp();
    expect(await problemIn(await ada.send(paths.accountHistory + query))).toBe('400 bad-request');
  },
);

it('a history is a table too, and loses single entries', async () => {
  const ada = open();
  await ada.signUp();
  for (const name of ['=one.txt', 'two.txt']) await ada.give(name, name);
  const table = await (await ada.send(paths.accountHistoryTable)).text();
  expect(table.split('\r\n')).toHaveLength(4);
  expect(table).toContain(",'=one.txt,text,8,");
  const [entry] = (await ada.history()).entries;
  expect((await ada.send(pathTo(paths.historyEntry, String(entry?.id)), { method: 'DELETE' })).status).toBe(204);
  expect(await problemIn(await ada.send(pathTo(paths.historyEntry, String(entry?.id)), { method: 'DELETE' }))).toBe(
    '404 not-found',
  );
  expect((await ada.history()).entries).toMatchObject([{ gave: { name: '=one.txt' } }]);
});

it('an exchange that requires accounts gives and takes nothing without one, but for tickets', async () => {
  const strict = await openTestApp({ ACCOUNTS: 'required', BASE_URL: accountOrigin });
  const [ada, ben] = [openAccountBrowser(strict.url), openAccountBrowser(strict.url)];
  expect(await problemIn(await strict.upload('a.txt', 'a'))).toBe('401 account-needed');
  const init = { method: 'POST', body: formOf('a.txt', 'a') };
  expect(await problemIn(await ada.send(paths.exchange, init))).toBe('401 account-needed');
  expect(await problemIn(await ada.send(paths.download))).toBe('401 account-needed');
  expect((await strict.client.poolStats()).file_count).toBe(0);
  for (const browser of [ada, ben]) await browser.signUp();
  const { ticket } = await ada.give('ada.txt', 'ada');
  await ben.give('ben.txt', 'ben');
  expect(await strict.client.draw(ticket)).toMatchObject({ name: 'ben.txt' });
  await strict.close();
});

it('a delicate change needs a session that has just begun', async () => {
  const ada = open();
  await ada.signUp();
  await app.advanceTime(16 * 60_000);
  expect(await problemIn(await ada.send(paths.account, { method: 'DELETE' }))).toBe('403 session-stale');
  expect(await problemIn(await ada.post(paths.passkeyOptions, { purpose: 'add' }))).toBe('403 session-stale');
});

it('attempts to sign in are limited by address', async () => {
  const limited = await openTestApp({
    ACCOUNTS: 'optional',
    BASE_URL: accountOrigin,
    RATE_LIMIT: 'on',
    SIGN_INS_PER_MINUTE: '3',
  });
  const eve = openAccountBrowser(limited.url);
  for (let left = 3; left > 0; left--) await eve.options('sign-in');
  const refused = await eve.post(paths.passkeyOptions, { purpose: 'sign-in' });
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
  await limited.close();
});

it.each(['/api/account', '/api/account/history', '/api/account/export.json'])(
  'without accounts %s is told to be off',
  async (path) => {
    const plain = await openTestApp();
    expect(await problemIn(await fetch(plain.url + path))).toBe('404 accounts-off');
    expect(await plain.client.poolStats()).not.toHaveProperty('accounts');
    await plain.close();
  },
);
