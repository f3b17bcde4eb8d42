/** Thanks and reports, and how the list that they are sent from looks to everybody. */
import type { BrowserContextOptions, Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { barriers, overflow } from '../setup/accessibility.ts';
import {
  entry,
  entryOf,
  focused,
  leaveList,
  lookAgain,
  openList,
  reads,
} from '../setup/history-page.ts';
import type { Stranger } from '../setup/visitor.ts';
import { receiveGuests } from '../setup/visitors.ts';

const house = receiveGuests();
const { guest } = house;

/** Ada and Ben have exchanged, and both have saved what they got. */
async function exchanged(options?: BrowserContextOptions): Promise<[Stranger, Stranger]> {
  const [ada, ben] = [await guest(options), await guest(options)];
  await ada.give('from ada.txt', 'Ada was here.');
  await ada.sees("Nobody else's file is here yet.");
  await ben.give('from ben.txt', 'Ben was here.');
  for (const one of [ben, ada]) {
    await one.sees('This came from a stranger.');
    await one.save();
  }
  return [ada, ben];
}

/** Answers the next request to such an address with a line that breaks. */
const breakOnce = ({ page }: Stranger, path: string) =>
  page.route(path, (route) => route.abort(), { times: 1 });

const isOfTheCut = (fault: string) => fault.includes('net::ERR_');

describe('thanks', () => {
  const sayThanks = (place: Locator, word: string) =>
    place.getByRole('button', { name: word }).click();

  it('go back to the giver, who finds them in the list', async () => {
    const [ada, ben] = await exchanged();
    await openList(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Say thanks').click();
    await sayThanks(his, 'heart');
    await reads(his, 'Sent: ❤️ heart.');
    await openList(ada);
    const hers = entryOf(ada, 'from ada.txt');
    await reads(hers, 'A stranger sends thanks: ❤️ heart');
    await ada.page.reload();
    await reads(hers, 'A stranger sends thanks: ❤️ heart');
  });

  it('can be changed, and come while the list is open', async () => {
    const [ada, ben] = await exchanged();
    await openList(ada);
    const hers = entryOf(ada, 'from ada.txt');
    await reads(hers, 'Landed');
    await openList(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Say thanks').click();
    await sayThanks(his, 'party');
    await reads(his, 'Sent: 🎉 party.');
    await sayThanks(his, 'rainbow');
    await reads(his, 'Sent: 🌈 rainbow.');
    expect(await his.getByRole('button', { pressed: true }).textContent()).toContain('rainbow');
    await ben.page.reload();
    await reads(his, 'You sent thanks: 🌈 rainbow');
    await lookAgain(ada);
    await reads(hers, 'A stranger sends thanks: 🌈 rainbow');
  });

  it('that do not get through are said to have failed', async () => {
    const [, ben] = await exchanged();
    await openList(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Say thanks').click();
    await breakOnce(ben, '**/thanks');
    await sayThanks(his, 'amazed');
    await reads(his, 'We cannot reach the exchange right now.');
    await sayThanks(his, 'amazed');
    await reads(his, 'Sent: 😮 amazed.');
    expect(await his.getByRole('alert').count()).toBe(0);
    expect(ben.faults.splice(0).every(isOfTheCut)).toBe(true);
  });
});

describe('a report', () => {
  it('needs a reason, loses no word when the line breaks, and gets through', async () => {
    const [, ben] = await exchanged();
    await openList(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Report this file').click();
    await reads(his, 'The operator gets the file and what you write, not who you are.');
    const send = his.getByRole('button', { name: 'Send the report' });
    await send.click();
    await reads(his, 'Choose what is wrong with it first.');
    await his.getByRole('radio', { name: /^Personal/ }).check();
    const note = his.getByRole('textbox');
    await note.fill('My own address is in it.');
    await reads(his, '976 characters left');
    await note.press('Escape');
    await breakOnce(ben, '**/report');
    await send.click();
    await reads(his, 'We cannot reach the exchange right now.');
    expect(await note.inputValue()).toBe('My own address is in it.');
    const answer = ben.page.waitForResponse('**/report');
    await send.click();
    expect((await answer).status()).toBe(204);
    expect((await answer).request().postDataJSON()).toEqual({
      reason: 'personal',
      note: 'My own address is in it.',
    });
    await focused(ben).toBe('Thank you. Reported; the operator will look at it.');
    await ben.page.reload();
    await reads(his, 'Thank you. Reported;');
    expect(ben.faults.splice(0).every(isOfTheCut)).toBe(true);
  });

  it('says so when the parcel is long past', async () => {
    const ada = await guest();
    const parcel = { url: '/api/deliveries/long-past', name: 'old.txt', size: 1 };
    await leaveList(ada, [entry('t-1', 'mine.png', { parcel, end: 'received' })]);
    await openList(ada);
    const hers = entryOf(ada, 'old.txt');
    await reads(hers, 'The exchange no longer knows this ticket.');
    await hers.getByText('Report this file').click();
    await hers.getByRole('radio', { name: /^Something else/ }).check();
    await hers.getByRole('button', { name: 'Send the report' }).click();
    await reads(hers, 'so it cannot be reported from here.');
  });
});

const phone: BrowserContextOptions = { viewport: { width: 320, height: 640 }, isMobile: true };
const desk: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };

/** One of everything, with names that try to be more than names. */
function fullList(): object[] {
  const long = `${'long name '.repeat(18)}.txt`;
  const parcel = (name: string) => ({ url: `/api/deliveries/${name.length}`, name, size: 99 });
  const done = { forgotten: true, end: 'received' };
  const free = parcel('<script>window.ran = true</script>');
  return [
    entry('t-1', '<img src=x onerror=alert(1)>', { ...done, fate: 'landed', thanks: '🎉' }),
    entry('t-2', long, { ...done, parcel: parcel(long), thanked: '❤️', reported: true }),
    entry('t-3', 'back.png', { end: 'withdrawn' }),
    entry('t-4', 'late.png', { ...done, end: 'expired', fate: 'expired' }),
    entry('t-5', 'gone.png', { end: 'gone' }),
    { key: free.url, at: '2026-03-01T12:00:00.000Z', parcel: free, end: 'received' },
  ];
}

describe('the list is fit for everybody', () => {
  it.each([
    ['light', phone],
    ['dark', desk],
  ] as const)('%s', async (colorScheme, device) => {
    const ada = await guest({ colorScheme, ...device });
    ada.page.on('dialog', (dialog) => ada.faults.push(dialog.message()));
    const isFit = async () => {
      expect(await barriers(ada.page)).toEqual([]);
      expect(await overflow(ada.page)).toBe(0);
    };
    const list = await openList(ada);
    await reads(list, 'Nothing here yet.');
    await isFit();
    await leaveList(ada, fullList());
    await reads(list, 'gone.png');
    await ada.give('waits.txt', 'waits');
    await ada.sees("Nobody else's file is here yet.");
    await openList(ada);
    await reads(entryOf(ada, 'waits.txt'), 'On the shelf');
    expect(await list.locator('.entry').count()).toBe(7);
    const free = entryOf(ada, 'window.ran');
    await free.getByText('Say thanks').click();
    await free.getByText('Report this file').click();
    await free.getByRole('button', { name: 'Send the report' }).click();
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await reads(list, 'Erase all 7 entries');
    await isFit();
    expect(await list.locator('img, script').count()).toBe(0);
    expect(await ada.page.evaluate('window.ran')).toBeUndefined();
  });
});
