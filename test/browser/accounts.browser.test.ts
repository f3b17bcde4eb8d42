/** Accounts on the page, with passkeys of Chromium's virtual authenticator. */
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { expectAccessible } from '../setup/accessibility.ts';
import { addAuthenticator } from '../setup/authenticator.ts';
import { entryOf, eventually, focusedText, historyOf, openHistory, waitForText } from '../setup/history-page.ts';
import { freePort } from '../setup/ports.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors, phone, type VisitOptions } from '../setup/visitors.ts';

/** A service that knows its address, on which passkeys and cookies depend. */
async function settings() {
  const port = String(await freePort());
  return { PORT: port, BASE_URL: `http://localhost:${port}`, ACCOUNTS: 'optional' };
}

const visitors = createVisitors({ settings });

const visit = async (options?: VisitOptions) => {
  const visitor = await visitors.visit(options);
  return { visitor, authenticator: await addAuthenticator(visitor.page) };
};
const accountOf = ({ page }: Visitor) => page.locator('.account');
const waits = 'You get the next file somebody gives.';
const give = async (visitor: Visitor, name: string) => {
  await visitor.give(name, name);
  await visitor.sees(waits);
};
const press = (visitor: Visitor, name: string) => accountOf(visitor).getByRole('button', { name, exact: true }).click();

async function signUp(visitor: Visitor, name: string) {
  await openHistory(visitor);
  await accountOf(visitor).getByLabel('Name of the account').fill(name);
  await press(visitor, 'Make an account');
  await waitForText(accountOf(visitor), `Signed in as ${name}.`);
}

describe('an account on the page', () => {
  it('is made with a passkey, signed out of, and signed in to again', async () => {
    const { visitor: ada } = await visit();
    await openHistory(ada);
    await waitForText(accountOf(ada), 'With an account this list is on all your devices');
    await expectAccessible(ada.page, 'signed out');
    await signUp(ada, 'Ada');
    await accountOf(ada).getByText('Account and devices').click();
    await waitForText(accountOf(ada), 'This browser');
    await expectAccessible(ada.page, 'signed in');
    await press(ada, 'Sign out');
    await waitForText(accountOf(ada), 'You are signed out.');
    await press(ada, 'Sign in with a passkey');
    await waitForText(accountOf(ada), 'Signed in as Ada.');
    expect(await ada.page.evaluate('document.cookie')).toBe('');
  });

  it('is not opened without its passkey', async () => {
    const { visitor: ada, authenticator } = await visit();
    await signUp(ada, 'Ada');
    await press(ada, 'Sign out');
    await waitForText(accountOf(ada), 'You are signed out.');
    await authenticator.clear();
    await press(ada, 'Sign in with a passkey');
    await waitForText(accountOf(ada), 'No passkey was used, and nothing has happened.');
    expect(await accountOf(ada).getByText('Signed in as').count()).toBe(0);
  });

  it('takes over what was given before, once, and shows it on another device without doubles', async () => {
    const { visitor: ada, authenticator } = await visit();
    await give(ada, 'before.txt');
    await signUp(ada, 'Ada');
    await waitForText(accountOf(ada), 'One exchange of this browser is not in your account yet.');
    await press(ada, 'Take into my account');
    await waitForText(accountOf(ada), 'One exchange is now in your account.');
    await eventually(() => accountOf(ada).getByText('not in your account yet').count()).toBe(0);
    expect(await historyOf(ada).locator('.entry').count()).toBe(1);

    const { visitor: phone, authenticator: other } = await visit();
    await other.add(await authenticator.credentials());
    await openHistory(phone);
    await press(phone, 'Sign in with a passkey');
    await waitForText(entryOf(phone, 'before.txt'), 'From another browser');
    await waitForText(entryOf(phone, 'before.txt'), 'On the shelf, waiting for a stranger.');
    // Withdrawing and drawing need the ticket, which stays in the other browser.
    expect(await entryOf(phone, 'before.txt').getByRole('button').allTextContents()).toEqual(['Erase from my account']);
    await expectAccessible(phone.page, 'another device');

    // Her own file is the only one in the pool, and stays there.
    await phone.button('Start page').click();
    await give(phone, 'from phone.txt');
    expect((await createClient(visitors.url).poolStats()).file_count).toBe(2);
    // One for each of her tickets; the older one is served first.
    for (const name of ['first.txt', 'from ben.txt'])
      await createClient(visitors.url).upload({ name, bytes: new Blob([name]) });
    await phone.sees('This came from a stranger.');
    expect(await phone.save()).toMatchObject({ name: 'from ben.txt' });
    await openHistory(phone);
    await waitForText(entryOf(phone, 'from phone.txt'), 'You received from ben.txt');
    await eventually(() => historyOf(phone).locator('.entry').count()).toBe(2);
    await ada.page.reload();
    await waitForText(entryOf(ada, 'from phone.txt'), 'You received from ben.txt');

    await historyOf(ada).getByLabel('Search by name').fill('BEN');
    await eventually(() => historyOf(ada).locator('.entry').count()).toBe(1);
    await historyOf(ada).getByLabel('Search by name').fill('nothing like it');
    await waitForText(historyOf(ada), 'Nothing in the list is like that.');
  });

  it('is not offered again what it was asked to take, whatever the list shows', async () => {
    const { visitor: ada } = await visit();
    await give(ada, 'before.txt');
    await signUp(ada, 'Ada');
    const offer = accountOf(ada).getByText('not in your account yet');
    await offer.waitFor();
    const search = historyOf(ada).getByLabel('Search by name');
    await search.fill('nothing like it');
    await waitForText(historyOf(ada), 'Nothing in the list is like that.');
    await press(ada, 'Take into my account');
    await waitForText(accountOf(ada), 'One exchange is now in your account.');
    expect(await offer.count()).toBe(0);
    await search.fill('');
    await entryOf(ada, 'before.txt').waitFor();
    expect(await offer.count()).toBe(0);

    await accountOf(ada).getByText('Account and devices').click();
    await press(ada, 'Erase the history of my account');
    await press(ada, 'Yes, for good');
    await waitForText(accountOf(ada), 'The history of your account is erased.');
    expect(await offer.count()).toBe(0);
  });

  it('fits on a phone with the longest name, with room between its buttons', async () => {
    const { visitor: ada } = await visit(phone);
    await signUp(ada, 'W'.repeat(64));
    await accountOf(ada).getByText('Account and devices').click();
    await waitForText(accountOf(ada), 'This browser');
    expect(await ada.page.evaluate('document.documentElement.scrollWidth')).toBe(phone.viewport?.width);
    const buttons = await accountOf(ada).getByRole('button').all();
    const boxes = await Promise.all(buttons.map((button) => button.boundingBox()));
    const gaps = boxes.slice(1).map((box, at) => (box?.y ?? 0) - (boxes[at]?.y ?? 0) - (boxes[at]?.height ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(8);
    const saved = ada.page.waitForEvent('download');
    await accountOf(ada).getByText('Download the history of my account').click();
    expect((await saved).suggestedFilename()).toBe('my-account-history.csv');
  });

  it('forgets a single entry, on all devices, and the focus stays in the list', async () => {
    const { visitor: ada, authenticator } = await visit();
    await signUp(ada, 'Ada');
    for (const name of ['one.txt', 'two.txt']) {
      await ada.button('Start page').click();
      await give(ada, name);
      await openHistory(ada);
      await entryOf(ada, name).getByRole('button', { name: 'Take my file back' }).click();
      await waitForText(entryOf(ada, name), 'Withdrawn');
    }
    const { visitor: phone, authenticator: other } = await visit();
    await other.add(await authenticator.credentials());
    await openHistory(phone);
    await press(phone, 'Sign in with a passkey');
    await entryOf(phone, 'two.txt').waitFor();
    expect(await historyOf(phone).getByText('Nothing here yet.').count()).toBe(0);
    const erase = async (visitor: Visitor, name: string) => {
      await entryOf(visitor, name).getByRole('button', { name: 'Erase from my account' }).click();
      await focusedText(visitor).toContain('Erase this entry from your account on all devices?');
      await entryOf(visitor, name).getByRole('button', { name: 'Yes, for good' }).click();
      await waitForText(accountOf(visitor), 'The entry is erased from your account.');
    };
    await entryOf(phone, 'two.txt').getByRole('button', { name: 'Erase from my account' }).click();
    await expectAccessible(phone.page, 'erasing an entry');
    await entryOf(phone, 'two.txt').getByRole('button', { name: 'No, keep it' }).click();
    await focusedText(phone).toBe('Erase from my account');
    await erase(phone, 'two.txt');
    await eventually(() => entryOf(phone, 'two.txt').count()).toBe(0);
    await focusedText(phone).toBe('You gave one.txt');
    // The browser that gave it still has it, as an entry of its own.
    await ada.page.reload();
    await waitForText(entryOf(ada, 'one.txt'), 'Erase from my account');
    expect(await entryOf(ada, 'two.txt').getByRole('button', { name: 'Erase from my account' }).count()).toBe(0);
    await erase(ada, 'one.txt');
    await eventually(() => entryOf(ada, 'one.txt').getByRole('button').count()).toBe(0);
    await phone.page.reload();
    await waitForText(historyOf(phone), 'Nothing here yet.');
  });

  it('ends with its session: the next gift says so, and the one after it is anonymous', async () => {
    const { visitor: ada } = await visit();
    await signUp(ada, 'Ada');
    const [cookie] = (await ada.page.context().cookies()).filter(({ name }) => name.endsWith('session_token'));
    await ada.page.context().addCookies([{ ...(cookie as NonNullable<typeof cookie>), value: 'over' }]);
    await ada.button('Start page').click();
    await ada.give('late.txt', 'late');
    await ada.sees('You were signed out, and nothing was kept.');
    await give(ada, 'late.txt');
  });

  it('can be deleted, with its history', async () => {
    const { visitor: ada } = await visit();
    await signUp(ada, 'Ada');
    await ada.button('Start page').click();
    await give(ada, 'mine.txt');
    await openHistory(ada);
    await accountOf(ada).getByText('Account and devices').click();
    await press(ada, 'Delete my account');
    await eventually(() => ada.page.evaluate('document.activeElement.textContent')).toContain('Delete your account');
    await press(ada, 'No, keep it');
    await press(ada, 'Delete my account');
    await press(ada, 'Yes, for good');
    await waitForText(accountOf(ada), 'Your account is gone.');
    await press(ada, 'Sign in with a passkey');
    await waitForText(accountOf(ada), 'That did not sign you in.');
    // The list of the browser stays.
    await waitForText(entryOf(ada, 'mine.txt'), 'On the shelf, waiting for a stranger.');
  });
});
