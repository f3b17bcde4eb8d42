/** The history with a real service. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { expectAccessible } from '../setup/accessibility.ts';
import {
  entryOf,
  eventually,
  fireVisibilityChange,
  focusedText,
  historyEntry,
  historyLinkOf,
  historyOf,
  openHistory,
  storedEntries,
  storeEntries,
  waitForText,
} from '../setup/history-page.ts';
import { confirmOffer } from '../setup/offer.ts';
import { createVisitors } from '../setup/visitors.ts';

const pooled = 'On the shelf, waiting for a stranger.';
const landed = 'Delivered: a stranger has it.';
const waits = 'You get the next file somebody gives.';
const arrived = 'This came from a stranger.';

const visitors = createVisitors();
const { visit } = visitors;

const client = () => createClient(visitors.url);
const filesInPool = async () => (await client().poolStats()).file_count;
const fileOf = (name: string, text: string) => ({ name, bytes: new Blob([text]) });

describe('the history', () => {
  it('shows the fate of a gift and its delivery', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await waitForText(await openHistory(ada), 'Nothing here yet.');
    await ada.button('Start page').click();
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await eventually(() => historyLinkOf(ada).textContent()).toContain('My exchanges (1)');
    await openHistory(ada);
    const hers = entryOf(ada, 'from ada.txt');
    await waitForText(hers, pooled);
    await waitForText(hers, 'Not here yet: we wait until somebody gives.');

    await ben.give('from ben.txt', 'Ben was here.');
    await ben.sees(arrived);
    await ben.save();
    await waitForText(historyOf(ada), 'Your parcel is on the counter.');
    await waitForText(hers, 'from ben.txt is on the counter');
    await fireVisibilityChange(ada);
    await waitForText(hers, landed);

    await hers.getByRole('button', { name: 'Go to it' }).click();
    await ada.sees(arrived);
    expect(await ada.save()).toMatchObject({ name: 'from ben.txt', text: 'Ben was here.' });
    await waitForText(await openHistory(ada), 'You received from ben.txt');
    await eventually(() => historyLinkOf(ada).textContent()).not.toContain('(');
    await ada.page.reload();
    await waitForText(hers, 'You received from ben.txt');
    await waitForText(hers, landed);
  });

  it('is one list for all tabs', async () => {
    const ada = await visit();
    await openHistory(ada);
    const other = await ada.page.context().newPage();
    await other.goto(visitors.url);
    const file = { name: 'other tab.txt', mimeType: 'text/plain', buffer: Buffer.from('x') };
    await other.setInputFiles('input[type=file]', file);
    await confirmOffer(other);
    await waitForText(entryOf(ada, 'other tab.txt'), pooled);
  });

  it('stops no upload, and closes for a dropped file', async () => {
    const ada = await visit();
    await ada.page.route('**/api/exchange', async (route) => {
      await eventually(() => historyOf(ada).count()).toBe(1);
      await route.continue();
    });
    await ada.give('slow.txt', 'slow');
    await ada.sees('Handing it over');
    await openHistory(ada);
    await waitForText(entryOf(ada, 'slow.txt'), pooled);
    await entryOf(ada, 'slow.txt').getByRole('button', { name: 'Take my file back' }).click();
    await waitForText(entryOf(ada, 'slow.txt'), 'Withdrawn');
    await ada.page.unroute('**/api/exchange');
    await ada.page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(['pasted'], 'pasted.txt', { type: 'text/plain' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }`);
    await confirmOffer(ada.page);
    await ada.sees(waits);
    expect(await historyOf(ada).count()).toBe(0);
  });

  it('opens any pending exchange, unless the stage is busy', async () => {
    const ada = await visit();
    await ada.give('first.txt', 'first');
    await ada.sees(waits);
    const giver = await ada.page.evaluate("localStorage.getItem('exchange.giver')");
    const { ticket } = await client().give(fileOf('second.txt', 'second'), {
      giver: String(giver),
    });
    await storeEntries(ada, [...(await storedEntries(ada)), historyEntry(ticket, 'second.txt')]);
    await ada.sees('first.txt');
    await openHistory(ada);
    await entryOf(ada, 'second.txt').getByRole('button', { name: 'Go to it' }).click();
    await waitForText(ada.page.locator('.stage'), 'second.txt');
    await focusedText(ada).toBe('Yours is on the shelf');

    // One for each of her tickets; the older one is served first.
    for (const name of ['from ben.txt', 'from cleo.txt']) await client().give(fileOf(name, name));
    await ada.sees(arrived);
    await openHistory(ada);
    const other = entryOf(ada, 'first.txt').getByRole('button', { name: 'Go to it' });
    expect(await other.isDisabled()).toBe(true);
    await waitForText(entryOf(ada, 'first.txt'), 'The counter is busy');
  });

  it('withdraws a gift, or says why it cannot', async () => {
    const ada = await visit();
    // The page does not learn that the gift is on its way.
    await ada.page.route('**/api/tickets/*/events', (route) => route.abort());
    await ada.give('mine.txt', 'mine');
    await ada.sees(waits);
    await ada.page.route('**/api/draws', (route) => route.abort());
    await ada.page.route('**/api/tickets/*', (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await openHistory(ada);
    await waitForText(historyOf(ada), 'this may be out of date');
    const { ticket } = await client().give(fileOf('ben.txt', 'Ben'));
    await client().draw(ticket);
    const hers = entryOf(ada, 'mine.txt');
    await hers.getByRole('button', { name: 'Take my file back' }).click();
    await waitForText(hers, 'A stranger has drawn your file already');
    expect(ada.faults.splice(0).every((fault) => fault.includes('net::ERR_'))).toBe(true);
  });

  it('lets a gift wait less long, by keyboard, and says when it ends', async () => {
    const ada = await visit();
    await ada.give('mine.txt', 'mine');
    await ada.sees(waits);
    const [{ key: ticket }] = (await storedEntries(ada)) as [{ key: string }];
    const endsInDays = async () =>
      Math.round((Date.parse((await client().ticket(ticket)).gift.expires_at) - Date.now()) / 86_400_000);
    await ada.page.getByText('Let it wait less long').focus();
    await ada.page.keyboard.press('Enter');
    await ada.sees('nothing makes that longer again');
    await ada.page.keyboard.press('Tab');
    await focusedText(ada).toBe('at most 1 day');
    await ada.page.keyboard.press('Tab');
    await expectAccessible(ada.page, 'a shorter life');
    await ada.page.keyboard.press('Enter');
    await focusedText(ada).toContain('It waits until');
    expect(await endsInDays()).toBe(3);
    await eventually(() => ada.button('at most').count()).toBe(1);

    await waitForText(await openHistory(ada), 'This ends on');
    const hers = entryOf(ada, 'mine.txt');
    await hers.getByText('Let it wait less long').click();
    await expectAccessible(ada.page, 'a shorter life in the list');
    await hers.getByRole('button', { name: 'at most 1 day' }).click();
    await focusedText(ada).toContain('It waits until');
    expect(await endsInDays()).toBe(1);
    expect(await hers.getByRole('button', { name: 'at most' }).count()).toBe(0);
  });

  it('says why a gift cannot wait less long', async () => {
    const ada = await visit();
    await ada.give('mine.txt', 'mine');
    await ada.sees(waits);
    await ada.page.route('**/api/tickets/*', (route) =>
      route.request().method() === 'GET' ? route.continue() : route.abort(),
    );
    await ada.page.getByText('Let it wait less long').click();
    await ada.button('at most 3 days').click();
    await focusedText(ada).toContain('We cannot reach the exchange right now.');
    expect(ada.faults.splice(0).every((fault) => fault.includes('net::ERR_'))).toBe(true);
  });

  it('can be exported', async () => {
    const ada = await visit();
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await client().give(fileOf('from ben.txt', 'Ben was here.'));
    await ada.sees(arrived);
    await ada.save();
    const list = await openHistory(ada);
    await waitForText(list, 'a ticket is a secret');
    const started = ada.page.waitForEvent('download');
    await list.getByRole('button', { name: 'Download this list' }).click();
    const saved = await started;
    expect(saved.suggestedFilename()).toBe('my-exchanges.json');
    const exported = JSON.parse(await readFile(await saved.path(), 'utf8'));
    expect(exported).toMatchObject({
      about: expect.stringContaining('secret'),
      giver: expect.any(String),
      exchanges: [
        {
          exchange: { ticket: expect.any(String), gift: { name: 'from ada.txt', kind: 'text' } },
          parcel: { name: 'from ben.txt', url: expect.stringMatching(/^\/api\/deliveries\//) },
          end: 'received',
        },
      ],
    });
  });

  it('is exported as a table, and goes on in another browser', async () => {
    const [ada, laptop] = [await visit(), await visit()];
    await ada.give('=ada, 1.txt', 'Ada was here.');
    await ada.sees(waits);
    const list = await openHistory(ada);
    const saveBy = async (button: string) => {
      const started = ada.page.waitForEvent('download');
      await list.getByRole('button', { name: button, exact: true }).click();
      const saved = await started;
      return { name: saved.suggestedFilename(), path: await saved.path() };
    };
    const table = await saveBy('Download as a table (CSV)');
    expect(table.name).toBe('my-exchanges.csv');
    const text = await readFile(table.path, 'utf8');
    expect(text).toContain(`,"'=ada, 1.txt",text,13,`);
    expect(text).not.toMatch(/\bt_/);

    const described = (name: string) =>
      list.getByRole('button', { name, exact: true }).evaluate((button) => button.ariaDescribedByElements?.length);
    expect([await described('Download this list'), await described('Download as a table (CSV)')]).toEqual([
      1,
      undefined,
    ]);

    const { path } = await saveBy('Download this list');
    const there = await openHistory(laptop);
    const status = there.getByRole('status');
    const add = async (file: Parameters<typeof laptop.page.setInputFiles>[1]) => {
      const chooser = laptop.page.waitForEvent('filechooser');
      await there.getByRole('button', { name: 'Add a list from another browser' }).click();
      await (await chooser).setFiles(file as string);
    };
    await add({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{}') } as never);
    await eventually(() => status.textContent()).toContain('That is no list of exchanges.');
    const hostile = { exchanges: [historyEntry('t_hostile', 'a\u202Egnp.exe')] };
    await add({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(hostile)) } as never);
    // Its ticket is asked about at once, and not in the next round.
    const forgotten = entryOf(laptop, 'a⟨U+202E⟩gnp.exe').getByText('The exchange no longer knows this ticket.');
    await forgotten.waitFor({ timeout: 10_000 });
    await add(path);
    await eventually(() => status.textContent()).toBe('One entry is new here.');
    await add(path);
    await eventually(() => status.textContent()).toBe('All of it was here already.');
    const entry = entryOf(laptop, '=ada, 1.txt');
    await waitForText(entry, pooled);
    // The ticket came along.
    await client().give(fileOf('from ben.txt', 'Ben was here.'));
    await entry.getByRole('button', { name: 'Go to it' }).click();
    await laptop.sees(arrived);
    expect(await laptop.save()).toMatchObject({ name: 'from ben.txt' });
  });

  it('is erased after a confirmation, completely', async () => {
    const ada = await visit();
    await ada.page.locator('select').first().selectOption('en');
    await ada.give('mine.txt', 'mine');
    await ada.sees(waits);
    const list = await openHistory(ada);
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await focusedText(ada).toBe('Erase the one entry from this browser?');
    await waitForText(list, 'One ticket still waits: its file will never reach you.');
    await ada.page.keyboard.press('Escape');
    await focusedText(ada).toBe('Erase this list');
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await list.getByRole('button', { name: 'Erase it all' }).click();
    await focusedText(ada).toContain('The list is erased.');
    expect(await ada.page.evaluate('Object.keys(localStorage)')).toEqual(['exchange.language']);
    await ada.button('Start page').click();
    await ada.sees('Drop a file here.');
    await ada.page.reload();
    await ada.sees('Drop a file here.');
    expect(await filesInPool()).toBe(1);
  });

  it('keeps an unsaved delivery when it is erased', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await ben.give('from ben.txt', 'Ben was here.');
    await ben.sees(arrived);
    const list = await openHistory(ben);
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await waitForText(list, 'The parcel on the counter stays there until you leave this page.');
    await list.getByRole('button', { name: 'Erase it all' }).click();
    await ben.button('Start page').click();
    expect((await ben.save()).text).toBe('Ada was here.');
    expect(await ben.page.evaluate('Object.keys(localStorage)')).toEqual([]);
  });

  it('is usable by keyboard alone', async () => {
    const ada = await visit();
    const { keyboard } = ada.page;
    const press = async (key: string, place: string, text: string) => {
      await keyboard.press(key);
      await eventually(() => ada.page.evaluate('document.activeElement.tagName')).toBe(place);
      await focusedText(ada).toBe(text);
    };
    const parcel = { url: '/api/deliveries/d', name: 'theirs.txt', size: 1 };
    const done = { parcel, end: 'received', forgotten: true };
    await storeEntries(ada, [historyEntry('t-1', 'old.png', done)]);
    await historyLinkOf(ada).focus();
    await press('Enter', 'H2', 'My exchanges');
    await press('Tab', 'BUTTON', 'Start page');
    await press('Tab', 'SUMMARY', 'Say thanks');
    await keyboard.press('Enter');
    await historyOf(ada).getByRole('button', { name: 'heart' }).waitFor();
    await press('Tab', 'BUTTON', '❤️ heart');
    await press('Escape', 'A', 'My exchanges');
    expect(await historyOf(ada).count()).toBe(0);
    await press('Enter', 'H2', 'My exchanges');
    await press('Tab', 'BUTTON', 'Start page');
    await press('Enter', 'A', 'My exchanges');
    expect(await historyOf(ada).count()).toBe(0);
    await ada.page.goForward();
    await historyOf(ada).waitFor();
    await ada.page.goBack();
    await eventually(() => historyOf(ada).count()).toBe(0);
    expect(ada.page.url()).toBe(`${visitors.url}/`);
    // After opening the URL directly, the previous page is another site: closing stays on this page.
    await ada.page.goto('about:blank');
    await ada.page.goto(`${visitors.url}/#mine`);
    await historyOf(ada).waitFor();
    await keyboard.press('Escape');
    await ada.sees('Drop a file here.');
    expect(ada.page.url()).toBe(`${visitors.url}/`);
  });
});
