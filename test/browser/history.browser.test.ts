/** The list of one's own exchanges, at a real service. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import {
  entry,
  entryOf,
  focused,
  keptBy,
  leaveList,
  linkOf,
  listOf,
  lookAgain,
  openList,
  reads,
  soon,
} from '../setup/history-page.ts';
import { receiveGuests } from '../setup/visitors.ts';

const onTheShelf = 'On the shelf, waiting for a stranger.';
const landed = 'Landed: a stranger has it.';
const waits = "Nobody else's file is here yet.";
const arrived = 'This came from a stranger.';

const house = receiveGuests();
const { guest } = house;

const client = () => createClient(house.url);
const filesInPool = async () => (await client().poolStats()).file_count;
const fileOf = (name: string, text: string) => ({ name, bytes: new Blob([text]) });

describe('my exchanges', () => {
  it('show what became of a gift, and what came for it', async () => {
    const [ada, ben] = [await guest(), await guest()];
    await reads(await openList(ada), 'Nothing here yet.');
    await ada.button('Back to the counter').click();
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await soon(() => linkOf(ada).textContent()).toContain('My exchanges (1)');
    await openList(ada);
    const hers = entryOf(ada, 'from ada.txt');
    await reads(hers, onTheShelf);
    await reads(hers, 'Not here yet: we wait until somebody gives.');

    await ben.give('from ben.txt', 'Ben was here.');
    await ben.sees(arrived);
    await ben.save();
    await reads(listOf(ada), 'Your parcel is on the counter.');
    await reads(hers, 'from ben.txt is on its way to you.');
    await lookAgain(ada);
    await reads(hers, landed);

    await hers.getByRole('button', { name: 'Go to it' }).click();
    await ada.sees(arrived);
    expect(await ada.save()).toMatchObject({ name: 'from ben.txt', text: 'Ben was here.' });
    await reads(await openList(ada), 'You received from ben.txt');
    await soon(() => linkOf(ada).textContent()).not.toContain('(');
    await ada.page.reload();
    await reads(hers, 'You received from ben.txt');
    await reads(hers, landed);
  });

  it('are one list for all tabs', async () => {
    const ada = await guest();
    await openList(ada);
    const other = await ada.page.context().newPage();
    await other.goto(house.url);
    const file = { name: 'other tab.txt', mimeType: 'text/plain', buffer: Buffer.from('x') };
    await other.setInputFiles('input[type=file]', file);
    await reads(entryOf(ada, 'other tab.txt'), onTheShelf);
  });

  it('stop no upload, and make way for a dropped file', async () => {
    const ada = await guest();
    await ada.page.route('**/api/exchange', async (route) => {
      await soon(() => listOf(ada).count()).toBe(1);
      await route.continue();
    });
    await ada.give('slow.txt', 'slow');
    await ada.sees('Handing it over');
    await openList(ada);
    await reads(entryOf(ada, 'slow.txt'), onTheShelf);
    await entryOf(ada, 'slow.txt').getByRole('button', { name: 'Take my file back' }).click();
    await reads(entryOf(ada, 'slow.txt'), 'Withdrawn');
    await ada.page.unroute('**/api/exchange');
    await ada.page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(['pasted'], 'pasted.txt', { type: 'text/plain' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }`);
    await ada.sees(waits);
    expect(await listOf(ada).count()).toBe(0);
  });

  it('go to whatever is owed, unless the counter is busy', async () => {
    const ada = await guest();
    await ada.give('first.txt', 'first');
    await ada.sees(waits);
    const giver = await ada.page.evaluate("localStorage.getItem('exchange.giver')");
    const { ticket } = await client().give(fileOf('second.txt', 'second'), {
      giver: String(giver),
    });
    await leaveList(ada, [...(await keptBy(ada)), entry(ticket, 'second.txt')]);
    await ada.sees('first.txt');
    await openList(ada);
    await entryOf(ada, 'second.txt').getByRole('button', { name: 'Go to it' }).click();
    await reads(ada.page.locator('.stage'), 'second.txt');
    await focused(ada).toBe('Yours is on the shelf');

    // One for each of her tickets, and the older is served first.
    for (const name of ['from ben.txt', 'from cleo.txt']) await client().give(fileOf(name, name));
    await ada.sees(arrived);
    await openList(ada);
    const other = entryOf(ada, 'first.txt').getByRole('button', { name: 'Go to it' });
    expect(await other.isDisabled()).toBe(true);
    await reads(entryOf(ada, 'first.txt'), 'The counter is busy');
  });

  it('let a gift be taken back, or say why not', async () => {
    const ada = await guest();
    // The news that it is on its way does not reach her.
    await ada.page.route('**/api/tickets/*/events', (route) => route.abort());
    await ada.give('mine.txt', 'mine');
    await ada.sees(waits);
    await ada.page.route('**/api/draws', (route) => route.abort());
    await ada.page.route('**/api/tickets/*', (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await openList(ada);
    await reads(listOf(ada), 'this may be out of date');
    const { ticket } = await client().give(fileOf('ben.txt', 'Ben'));
    await client().draw(ticket);
    const hers = entryOf(ada, 'mine.txt');
    await hers.getByRole('button', { name: 'Take my file back' }).click();
    await reads(hers, 'A stranger has drawn your file already');
    expect(ada.faults.splice(0).every((fault) => fault.includes('net::ERR_'))).toBe(true);
  });

  it('can be taken along', async () => {
    const ada = await guest();
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await client().give(fileOf('from ben.txt', 'Ben was here.'));
    await ada.sees(arrived);
    await ada.save();
    const list = await openList(ada);
    await reads(list, 'a ticket is a secret');
    const started = ada.page.waitForEvent('download');
    await list.getByRole('button', { name: 'Download this list' }).click();
    const saved = await started;
    expect(saved.suggestedFilename()).toBe('my-exchanges.json');
    const told = JSON.parse(await readFile(await saved.path(), 'utf8'));
    expect(told).toMatchObject({
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

  it('are erased after a second thought, and nothing is left', async () => {
    const ada = await guest();
    await ada.page.locator('select').first().selectOption('en');
    await ada.give('mine.txt', 'mine');
    await ada.sees(waits);
    const list = await openList(ada);
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await focused(ada).toBe('Erase the one entry from this browser?');
    await reads(list, 'One ticket still waits: its file will never reach you.');
    await ada.page.keyboard.press('Escape');
    await focused(ada).toBe('Erase this list');
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await list.getByRole('button', { name: 'Erase it all' }).click();
    await focused(ada).toContain('The list is erased.');
    expect(await ada.page.evaluate('Object.keys(localStorage)')).toEqual(['exchange.language']);
    await ada.button('Back to the counter').click();
    await ada.sees('Drop a file here.');
    await ada.page.reload();
    await ada.sees('Drop a file here.');
    expect(await filesInPool()).toBe(1);
  });

  it('take no file out of the hand when they are erased', async () => {
    const [ada, ben] = [await guest(), await guest()];
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await ben.give('from ben.txt', 'Ben was here.');
    await ben.sees(arrived);
    const list = await openList(ben);
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await reads(list, 'The parcel on the counter stays there until you leave this page.');
    await list.getByRole('button', { name: 'Erase it all' }).click();
    await ben.button('Back to the counter').click();
    expect((await ben.save()).text).toBe('Ada was here.');
    expect(await ben.page.evaluate('Object.keys(localStorage)')).toEqual([]);
  });

  it('need no more than a keyboard', async () => {
    const ada = await guest();
    const { keyboard } = ada.page;
    const press = async (key: string, place: string, text: string) => {
      await keyboard.press(key);
      await soon(() => ada.page.evaluate('document.activeElement.tagName')).toBe(place);
      await focused(ada).toBe(text);
    };
    const parcel = { url: '/api/deliveries/d', name: 'theirs.txt', size: 1 };
    const done = { parcel, end: 'received', forgotten: true };
    await leaveList(ada, [entry('t-1', 'old.png', done)]);
    await linkOf(ada).focus();
    await press('Enter', 'H2', 'My exchanges');
    await press('Tab', 'BUTTON', 'Back to the counter');
    await press('Tab', 'SUMMARY', 'Say thanks');
    await keyboard.press('Enter');
    await listOf(ada).getByRole('button', { name: 'heart' }).waitFor();
    await press('Tab', 'BUTTON', '❤️ heart');
    await press('Escape', 'A', 'My exchanges');
    expect(await listOf(ada).count()).toBe(0);
    await press('Enter', 'H2', 'My exchanges');
    await press('Tab', 'BUTTON', 'Back to the counter');
    await press('Enter', 'A', 'My exchanges');
    expect(await listOf(ada).count()).toBe(0);
    await ada.page.goForward();
    await listOf(ada).waitFor();
    await ada.page.goBack();
    await soon(() => listOf(ada).count()).toBe(0);
    expect(ada.page.url()).toBe(`${house.url}/`);
    // Whoever comes by the address has another page behind them, and stays here.
    await ada.page.goto('about:blank');
    await ada.page.goto(`${house.url}/#mine`);
    await listOf(ada).waitFor();
    await keyboard.press('Escape');
    await ada.sees('Drop a file here.');
    expect(ada.page.url()).toBe(`${house.url}/`);
  });
});
