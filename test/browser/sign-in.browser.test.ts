/** Signing in on the page by e-mail, by password and at an OpenID Connect provider, with real servers for both. */
import { afterEach, expect, it } from 'vitest';
import { paths } from '../../src/contract/api/paths.ts';
import { expectAccessible } from '../setup/accessibility.ts';
import { entryOf, openHistory, waitForText } from '../setup/history-page.ts';
import { linkIn, type MailServer, startMailServer } from '../setup/mail-server.ts';
import { type OpenidProvider, startOpenidProvider } from '../setup/openid-provider.ts';
import { freePort } from '../setup/ports.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

let mail: MailServer;
let provider: OpenidProvider;

async function settings() {
  const port = String(await freePort());
  const address = `http://localhost:${port}`;
  mail = await startMailServer();
  provider = await startOpenidProvider(address + paths.openidReturn, (login) => ({
    sub: login,
    name: login,
    email: `${login}@example.org`,
    email_verified: login !== 'unproven',
  }));
  return {
    PORT: port,
    BASE_URL: address,
    ACCOUNTS: 'optional',
    SMTP_URL: mail.url,
    MAIL_FROM: 'exchange@example.org',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_NAME: 'Our login',
  };
}

/** The fonts of the provider's pages, which the tests do not fetch. */
const providersFonts = 'https://fonts.googleapis.com/**';
/** The provider is another host, which only this sign-in may ask. */
const isExpected = (fault: string) =>
  [provider.issuer, providersFonts.slice(0, -2)].some((host) => fault.startsWith(`asked another host: ${host}`));
const visitors = createVisitors({ settings, isExpected });
afterEach(async () => {
  await provider.close();
  await mail.close();
});

const accountOf = ({ page }: Visitor) => page.locator('.account');
const press = (visitor: Visitor, name: string) => accountOf(visitor).getByRole('button', { name, exact: true }).click();
const seesAccount = (visitor: Visitor, name: string) =>
  waitForText(accountOf(visitor), `Signed in as ${name}@example.org.`);

/** Opens the account's form with an address in it. */
async function writeAddress(visitor: Visitor, name: string): Promise<void> {
  await openHistory(visitor);
  await accountOf(visitor).getByLabel('E-mail address').fill(`${name}@example.org`);
}

/** Asks for a link on the page, and answers the link of the mail. */
async function askForLink(visitor: Visitor, name: string): Promise<string> {
  await writeAddress(visitor, name);
  await press(visitor, 'Send me a link to sign in');
  await waitForText(accountOf(visitor), 'A link is on its way to that address.');
  const sent = mail.mails.at(-1);
  expect(sent?.to).toBe(`${name}@example.org`);
  return sent ? linkIn(sent) : '';
}

/** A new browser that opens the link of a mail. */
async function openLink(link: string): Promise<Visitor> {
  const visitor = await visitors.visit();
  // As from a mail program: from the page itself, an address that differs only behind the `#` loads nothing.
  await visitor.page.goto('about:blank');
  await visitor.page.goto(link);
  await accountOf(visitor).getByRole('button', { name: 'Sign in with the link from the mail' }).waitFor();
  return visitor;
}

async function signInByLink(name: string): Promise<Visitor> {
  const visitor = await openLink(await askForLink(await visitors.visit(), name));
  await press(visitor, 'Sign in with the link from the mail');
  await seesAccount(visitor, name);
  return visitor;
}

async function goToProvider(visitor: Visitor): Promise<void> {
  await visitor.page.route(providersFonts, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  await press(visitor, 'Continue with Our login');
}

/** Goes to the provider and signs in on its pages. */
async function signInAtProvider(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor;
  await goToProvider(visitor);
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

it('a link by e-mail signs in the browser that opens it, once', async () => {
  const link = await askForLink(await visitors.visit(), 'ada');
  const [phone, thief] = [await openLink(link), await openLink(link)];
  // The history of the browser does not keep the token.
  expect(phone.page.url()).toBe(`${visitors.url}/#mine`);
  await expectAccessible(phone.page, 'a link from a mail');
  await press(phone, 'Sign in with the link from the mail');
  await seesAccount(phone, 'ada');
  await press(thief, 'Sign in with the link from the mail');
  await waitForText(accountOf(thief), 'That did not sign you in.');
  expect(await accountOf(thief).getByText('Signed in as').count()).toBe(0);
});

it('a password is set, opens the account on another device, and is refused if it is wrong', async () => {
  const ada = await signInByLink('ada');
  await ada.button('Start page').click();
  await ada.give('mine.txt', 'mine');
  await ada.sees('You get the next file somebody gives.');
  await openHistory(ada);
  await accountOf(ada).getByText('Account and devices').click();
  await accountOf(ada).getByLabel('12 to 128 characters').fill('correct horse battery');
  await press(ada, 'Set a password');
  await waitForText(accountOf(ada), 'The password is set.');

  const phone = await visitors.visit();
  await writeAddress(phone, 'ada');
  await accountOf(phone).getByText('Sign in with a password').first().click();
  const password = accountOf(phone).getByLabel('Password', { exact: true });
  await password.fill('wrong horse battery');
  await press(phone, 'Sign in with a password');
  await waitForText(accountOf(phone), 'That did not sign you in.');
  await expectAccessible(phone.page, 'a wrong password');
  await password.fill('correct horse battery');
  await password.press('Enter');
  await seesAccount(phone, 'ada');
  await waitForText(entryOf(phone, 'mine.txt'), 'On the shelf, waiting for a stranger.');
});

it('an OpenID provider signs in, and again on another device', async () => {
  const ada = await visitors.visit();
  await openHistory(ada);
  await signInAtProvider(ada, 'ada');
  await seesAccount(ada, 'ada');
  expect(ada.page.url()).toBe(`${visitors.url}/#mine`);
  await press(ada, 'Sign out');
  await waitForText(accountOf(ada), 'You are signed out.');

  const phone = await visitors.visit();
  await openHistory(phone);
  await signInAtProvider(phone, 'ada');
  await seesAccount(phone, 'ada');
});

it('an OpenID provider that gives up, or vouches for no address, signs nobody in', async () => {
  // An account by e-mail, which an unverified address of the provider must not open.
  await signInByLink('unproven');
  const thief = await visitors.visit();
  await openHistory(thief);
  await signInAtProvider(thief, 'unproven');
  await waitForText(accountOf(thief), 'The sign-in there was not completed. Begin again.');
  await expectAccessible(thief.page, 'a refused sign-in');

  const ada = await visitors.visit();
  await openHistory(ada);
  await goToProvider(ada);
  await ada.page.getByRole('link', { name: 'Cancel' }).click();
  await waitForText(accountOf(ada), 'The sign-in there was not completed. Begin again.');
  await signInAtProvider(ada, 'ada');
  await seesAccount(ada, 'ada');
});
