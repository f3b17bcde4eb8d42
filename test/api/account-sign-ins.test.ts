/** Signing in by e-mail and by an OpenID provider. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOrigin, openAccountBrowser, paths, problemIn, sessionCookie } from '../clients/account-client.ts';
import { type MailServer, startMailServer, tokenIn } from '../setup/mail-server.ts';
import { type OpenidProvider, signInAtProvider, startOpenidProvider } from '../setup/openid-provider.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
let mail: MailServer;
let provider: OpenidProvider;
beforeAll(async () => {
  mail = await startMailServer();
  provider = await startOpenidProvider(accountOrigin + paths.openidReturn, (login) => ({
    sub: login,
    name: `${login} of the provider`,
    ...(login !== 'nameless' && { email: `${login}@example.org`, email_verified: login !== 'unproven' }),
  }));
  app = await openTestApp({
    ACCOUNTS: 'optional',
    BASE_URL: accountOrigin,
    SMTP_URL: mail.url,
    MAIL_FROM: 'Exchange <exchange@example.org>',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_NAME: 'Our login',
  });
});
afterAll(async () => {
  await app.close();
  await provider.close();
  await mail.close();
});

const open = () => openAccountBrowser(app.url);
type Browser = ReturnType<typeof open>;
const accountIn = async (browser: Browser) =>
  ((await (await browser.send(paths.account)).json()) as { account?: Record<string, unknown> }).account;

async function linkFor(browser: Browser, email: string, language = 'en') {
  const before = mail.mails.length;
  const answer = await browser.post(paths.signInLink, { email, language });
  return { answer, mail: mail.mails[before] };
}

async function signInByMail(browser: Browser, email: string) {
  const { mail: sent } = await linkFor(browser, email);
  return browser.post(paths.signInByLink, { token: sent ? tokenIn(sent) : '' });
}

describe('a link by e-mail', () => {
  it('makes an account, and opens it again', async () => {
    const ada = open();
    expect(await (await ada.send(paths.account)).json()).toMatchObject({
      methods: { email: true, openid: 'Our login' },
    });
    const { answer, mail: sent } = await linkFor(ada, 'Ada@Example.org', 'de');
    expect(answer.status).toBe(202);
    expect(sent).toMatchObject({
      to: expect.stringMatching(/^ada@example.org$/i),
      text: expect.stringContaining('exchange@example.org'),
    });
    const token = sent ? tokenIn(sent) : '';
    expect((await ada.post(paths.signInByLink, { token })).status).toBe(204);
    expect(await accountIn(ada)).toMatchObject({ email: 'ada@example.org', has_password: false });
    const phone = open();
    expect(await problemIn(await phone.post(paths.signInByLink, { token }))).toBe('401 sign-in-failed');
    expect((await signInByMail(phone, 'ada@example.org')).status).toBe(204);
    expect(await accountIn(phone)).toEqual(await accountIn(ada));
  });

  it('answers the same for an unknown address, and is sent five times an hour', async () => {
    const browser = open();
    await signInByMail(browser, 'known@example.org');
    const [known, unknown] = [
      await linkFor(browser, 'known@example.org'),
      await linkFor(browser, 'unknown@example.org'),
    ];
    expect([known.answer.status, await known.answer.text()]).toEqual([
      unknown.answer.status,
      await unknown.answer.text(),
    ]);
    for (let left = 3; left > 0; left--) expect((await linkFor(browser, 'KNOWN@example.org')).answer.status).toBe(202);
    const { answer, mail: sent } = await linkFor(browser, 'known@example.org');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await problemIn(answer)).toBe('429 too-many-requests');
    expect(sent).toBeUndefined();
  });

  it.each(['', 'forged', 'a'.repeat(32)])('is refused when it is %j', async (token) => {
    expect(await problemIn(await open().post(paths.signInByLink, { token }))).toBe('401 sign-in-failed');
  });

  it.each(['no address', 'a@b@c', `${'a'.repeat(65)}@example.org`, 'a@example.org\r\nBcc: b@example.org'])(
    'is not sent to %j',
    async (email) => {
      const { answer, mail: sent } = await linkFor(open(), email);
      expect(answer.status).toBe(400);
      expect(sent).toBeUndefined();
    },
  );
});

describe('a password', () => {
  it('opens an account that has set one', async () => {
    const ada = open();
    await signInByMail(ada, 'password@example.org');
    const password = 'correct horse battery';
    expect(await problemIn(await ada.post(paths.password, { password: 'short' }))).toBe('400 password-unfit');
    expect((await ada.post(paths.password, { password })).status).toBe(204);
    expect((await ada.post(paths.password, { password: `${password} 2` })).status).toBe(204);
    expect(await accountIn(ada)).toMatchObject({ has_password: true });
    const phone = open();
    const signIn = (email: string, tried: string) => phone.post(paths.signInByPassword, { email, password: tried });
    const wrong = await signIn('password@example.org', password);
    const unknown = await signIn('nobody@example.org', password);
    expect([wrong.status, await wrong.text()]).toEqual([unknown.status, await unknown.text()]);
    expect((await signIn('password@example.org', `${password} 2`)).status).toBe(204);
    expect(await accountIn(phone)).toMatchObject({ email: 'password@example.org' });
  });

  it('is tried ten times in ten minutes', async () => {
    const eve = open();
    const tries = Array.from({ length: 11 }, () =>
      eve.post(paths.signInByPassword, { email: 'victim@example.org', password: 'a guess of hers' }),
    );
    const codes = await Promise.all((await Promise.all(tries)).map(problemIn));
    expect(codes.filter((code) => code === '401 sign-in-failed')).toHaveLength(10);
    expect(codes.filter((code) => code === '429 too-many-requests')).toHaveLength(1);
  });

  it('is not for an account without an address', async () => {
    const ada = open();
    await ada.signUp();
    expect(await problemIn(await ada.post(paths.password, { password: 'long enough for it' }))).toBe('404 method-off');
  });
});

async function startOpenid(browser: Browser): Promise<string> {
  return ((await (await browser.post(paths.signInByOpenid, {})).json()) as { url: string }).url;
}

/** Follows the way back from the provider to the exchange; answers where the page is opened. */
async function comeBack(browser: Browser, address: string): Promise<string | null> {
  const { pathname, search } = new URL(address);
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  return (await browser.send(pathname + search, { headers })).headers.get('location');
}

describe('an OpenID provider', () => {
  it('signs in, and finds the account again', async () => {
    const ada = open();
    expect(await comeBack(ada, await signInAtProvider(await startOpenid(ada), 'ada2'))).toBe('/#account');
    expect(await accountIn(ada)).toMatchObject({ email: 'ada2@example.org', has_openid: true, passkeys: [] });
    const phone = open();
    await comeBack(phone, await signInAtProvider(await startOpenid(phone), 'ada2'));
    await ada.give('ada.txt', 'Ada was here');
    expect((await phone.history()).entries).toMatchObject([{ gave: { name: 'ada.txt' } }]);
  });

  it('may keep the address to itself', async () => {
    const [ada, phone] = [open(), open()];
    for (const browser of [ada, phone])
      expect(await comeBack(browser, await signInAtProvider(await startOpenid(browser), 'nameless'))).toBe('/#account');
    expect(await accountIn(ada)).not.toHaveProperty('email');
    expect(await accountIn(phone)).toEqual(await accountIn(ada));
  });

  it('joins an account by e-mail only with a verified address', async () => {
    const ada = open();
    for (const login of ['joined', 'unproven']) await signInByMail(ada, `${login}@example.org`);
    const other = open();
    expect(await comeBack(other, await signInAtProvider(await startOpenid(other), 'joined'))).toBe('/#account');
    expect(await accountIn(other)).toMatchObject({ email: 'joined@example.org', has_openid: true });
    const thief = open();
    expect(await comeBack(thief, await signInAtProvider(await startOpenid(thief), 'unproven'))).toBe(
      '/#account=openid-refused',
    );
    expect(await accountIn(thief)).toBeUndefined();
  });

  it('signs in only the browser that went there, once', async () => {
    const [ada, victim] = [open(), open()];
    const back = await signInAtProvider(await startOpenid(ada), 'ada3');
    await startOpenid(victim);
    expect(await comeBack(victim, back)).toBe('/#account=openid-refused');
    expect(victim.cookies.has(sessionCookie)).toBe(false);
    const own = await signInAtProvider(await startOpenid(ada), 'ada3');
    expect(await comeBack(ada, own)).toBe('/#account');
    expect(await comeBack(ada, own)).toBe('/#account=openid-refused');
  });

  it.each(['', '?state=forged&code=forged', '?error=access_denied', '?code=x'])(
    'refuses a return with %j',
    async (query) => {
      const ada = open();
      await startOpenid(ada);
      expect(await comeBack(ada, `http://x${paths.openidReturn}${query}`)).toBe('/#account=openid-refused');
      expect(ada.cookies.has(sessionCookie)).toBe(false);
    },
  );

  it('leaves no token of its own in the ledger', async () => {
    const ada = open();
    await comeBack(ada, await signInAtProvider(await startOpenid(ada), 'ada4'));
    const rows = await app.running.context.ledger.findAuthRows('auth_login', { where: [] });
    for (const row of rows) expect([row.access_token, row.refresh_token, row.id_token]).toEqual([null, null, null]);
    const sessions = JSON.stringify(await app.running.context.ledger.findAuthRows('auth_session', { where: [] }));
    const [token = ''] = (ada.cookies.get(sessionCookie) ?? '').split('.');
    expect(token.length).toBeGreaterThan(20);
    expect(sessions).not.toContain(token);
  });
});

it('a mail that cannot be sent, and a provider that is away, are told', async () => {
  const away = await openTestApp({
    ACCOUNTS: 'optional',
    BASE_URL: accountOrigin,
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'exchange@example.org',
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_CLIENT_ID: 'x',
    OIDC_CLIENT_SECRET: 'y',
  });
  const ada = openAccountBrowser(away.url);
  expect(await problemIn(await ada.post(paths.signInLink, { email: 'ada@example.org' }))).toBe('503 mail-failing');
  expect(await problemIn(await ada.post(paths.signInByOpenid, {}))).toBe('503 openid-failing');
  await away.close();
});
