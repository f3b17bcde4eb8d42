/** Thanks and reports, and the accessibility of the history from which they are sent. */
import type { BrowserContextOptions, Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import {
  entryOf,
  fireVisibilityChange,
  focusedText,
  historyEntry,
  openHistory,
  storeEntries,
  waitForText,
} from '../setup/history-page.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const visitors = createVisitors();
const { visit } = visitors;

/** Ada and Ben have exchanged files, and both have saved theirs. */
async function exchanged(options?: BrowserContextOptions): Promise<[Visitor, Visitor]> {
  const [ada, ben] = [await visit(options), await visit(options)];
  await ada.give('from ada.txt', 'Ada was here.');
  await ada.sees('You get the next file somebody gives.');
  await ben.give('from ben.txt', 'Ben was here.');
  for (const one of [ben, ada]) {
    await one.sees('This came from a stranger.');
    await one.save();
  }
  return [ada, ben];
}

/** Aborts the next request to a path. */
const breakOnce = ({ page }: Visitor, path: string) => page.route(path, (route) => route.abort(), { times: 1 });

const isConnectionFault = (fault: string) => fault.includes('net::ERR_');

describe('thanks', () => {
  const sayThanks = (place: Locator, word: string) => place.getByRole('button', { name: word }).click();

  it('reach the giver, who finds them in the history', async () => {
    const [ada, ben] = await exchanged();
    await openHistory(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Say thanks').click();
    await sayThanks(his, 'heart');
    await waitForText(his, 'Sent: ❤️ heart.');
    await openHistory(ada);
    const hers = entryOf(ada, 'from ada.txt');
    await waitForText(hers, 'A stranger sends thanks: ❤️ heart');
    await ada.page.reload();
    await waitForText(hers, 'A stranger sends thanks: ❤️ heart');
  });

  it('can be changed, and arrive while the history is open', async () => {
    const [ada, ben] = await exchanged();
    await openHistory(ada);
    const hers = entryOf(ada, 'from ada.txt');
    await waitForText(hers, 'Delivered');
    await openHistory(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Say thanks').click();
    await sayThanks(his, 'party');
    await waitForText(his, 'Sent: 🎉 party.');
    await sayThanks(his, 'rainbow');
    await waitForText(his, 'Sent: 🌈 rainbow.');
    expect(await his.getByRole('button', { pressed: true }).textContent()).toContain('rainbow');
    await ben.page.reload();
    await waitForText(his, 'You sent thanks: 🌈 rainbow');
    await fireVisibilityChange(ada);
    await waitForText(hers, 'A stranger sends thanks: 🌈 rainbow');
  });

  it('that fail are shown as failed', async () => {
    const [, ben] = await exchanged();
    await openHistory(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Say thanks').click();
    await breakOnce(ben, '**/thanks');
    await sayThanks(his, 'amazed');
    await waitForText(his, 'We cannot reach the exchange right now.');
    await sayThanks(his, 'amazed');
    await waitForText(his, 'Sent: 😮 amazed.');
    expect(await his.getByRole('alert').count()).toBe(0);
    expect(ben.faults.splice(0).every(isConnectionFault)).toBe(true);
  });
});

/** The least space between the texts of two reasons, in pixels. */
const spaceBetweenReasons = `{
  const boxes = [...document.querySelectorAll('.reason')].map((reason) => {
    const range = document.createRange();
    range.selectNodeContents(reason.lastChild);
    return range.getBoundingClientRect();
  });
  Math.min(...boxes.slice(1).map(({ top }, at) => top - boxes[at].bottom));
}`;

describe('a report', () => {
  it('keeps its reasons apart where they take two lines', async () => {
    const [, ben] = await exchanged();
    await ben.page.setViewportSize({ width: 320, height: 780 });
    await openHistory(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Report this file').click();
    await his.getByRole('radio').first().waitFor();
    expect(await ben.page.evaluate(spaceBetweenReasons)).toBeGreaterThan(12);
  });

  it('needs a reason, keeps its text when the connection breaks, and is sent at the retry', async () => {
    const [, ben] = await exchanged();
    await openHistory(ben);
    const his = entryOf(ben, 'from ada.txt');
    await his.getByText('Report this file').click();
    await waitForText(his, 'The operator gets the file and what you write, not who you are.');
    const send = his.getByRole('button', { name: 'Send the report' });
    await send.click();
    await waitForText(his, 'Choose what is wrong with it first.');
    await his.getByRole('radio', { name: /^Personal/ }).check();
    const note = his.getByRole('textbox');
    await note.fill('My own address is in it.');
    await waitForText(his, '976 characters left');
    await note.press('Escape');
    await breakOnce(ben, '**/report');
    await send.click();
    await waitForText(his, 'We cannot reach the exchange right now.');
    expect(await note.inputValue()).toBe('My own address is in it.');
    const answer = ben.page.waitForResponse('**/report');
    await send.click();
    expect((await answer).status()).toBe(204);
    expect((await answer).request().postDataJSON()).toEqual({
      reason: 'personal',
      note: 'My own address is in it.',
    });
    await focusedText(ben).toBe('Thank you. Reported; the operator will look at it.');
    await ben.page.reload();
    await waitForText(his, 'Thank you. Reported;');
    expect(ben.faults.splice(0).every(isConnectionFault)).toBe(true);
  });

  it('fails for a delivery that has ended', async () => {
    const ada = await visit();
    const parcel = { url: '/api/deliveries/long-past', name: 'old.txt', size: 1 };
    await storeEntries(ada, [historyEntry('t-1', 'mine.png', { parcel, end: 'received' })]);
    await openHistory(ada);
    const hers = entryOf(ada, 'old.txt');
    await waitForText(hers, 'The exchange no longer knows this ticket.');
    await hers.getByText('Report this file').click();
    await hers.getByRole('radio', { name: /^Something else/ }).check();
    await hers.getByRole('button', { name: 'Send the report' }).click();
    await waitForText(hers, 'so it cannot be reported from here.');
  });
});

const phone: BrowserContextOptions = { viewport: { width: 320, height: 640 }, isMobile: true };
const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };

/** Entries in every state, with names that contain markup. */
function fullList(): object[] {
  const long = `${'long name '.repeat(18)}.txt`;
  const parcel = (name: string) => ({ url: `/api/deliveries/${name.length}`, name, size: 99 });
  const done = { forgotten: true, end: 'received' };
  const free = parcel('<script>window.ran = true</script>');
  return [
    historyEntry('t-1', '<img src=x onerror=alert(1)>', { ...done, fate: 'landed', thanks: '🎉' }),
    historyEntry('t-2', long, { ...done, parcel: parcel(long), thanked: '❤️', reported: true }),
    historyEntry('t-3', 'back.png', { end: 'withdrawn' }),
    historyEntry('t-4', 'late.png', { ...done, end: 'expired', fate: 'expired' }),
    historyEntry('t-5', 'gone.png', { end: 'gone' }),
    { key: free.url, at: '2026-03-01T12:00:00.000Z', parcel: free, end: 'received' },
  ];
}

describe('the history is accessible', () => {
  it.each([
    ['light', phone],
    ['dark', desktop],
  ] as const)('%s', async (colorScheme, device) => {
    const ada = await visit({ colorScheme, ...device });
    ada.page.on('dialog', (dialog) => ada.faults.push(dialog.message()));
    const isFit = async () => {
      expect(await accessibilityViolations(ada.page)).toEqual([]);
      expect(await horizontalOverflow(ada.page)).toBe(0);
    };
    const list = await openHistory(ada);
    await waitForText(list, 'Nothing here yet.');
    await isFit();
    await storeEntries(ada, fullList());
    await waitForText(list, 'gone.png');
    await ada.give('waits.txt', 'waits');
    await ada.sees('You get the next file somebody gives.');
    await openHistory(ada);
    await waitForText(entryOf(ada, 'waits.txt'), 'On the shelf');
    expect(await list.locator('.entry').count()).toBe(7);
    const free = entryOf(ada, 'window.ran');
    await free.getByText('Say thanks').click();
    await free.getByText('Report this file').click();
    await free.getByRole('button', { name: 'Send the report' }).click();
    await list.getByRole('button', { name: 'Erase this list' }).click();
    await waitForText(list, 'Erase all 7 entries');
    await isFit();
    expect(await list.locator('img, script').count()).toBe(0);
    expect(await ada.page.evaluate('window.ran')).toBeUndefined();
  });
});

it('thanks are counted at the link to the list and on the start page', async () => {
  const ada = await visit();
  await ada.sees('Drop a file here.');
  expect(await ada.page.locator('.hearts, .thanks-line').count()).toBe(0);
  await storeEntries(ada, [
    historyEntry('t-1', 'one.png', { end: 'received', fate: 'landed', thanks: '❤️' }),
    historyEntry('t-2', 'two.png', { end: 'received', fate: 'landed', thanks: '🎉' }),
    historyEntry('t-3', 'three.png', { end: 'received', fate: 'landed' }),
  ]);
  await ada.sees('Strangers thanked you 2 times for your files.');
  await ada.page.getByRole('link', { name: 'My exchanges 2 thank-yous received' }).waitFor();
});
