/** The page tells the truth in every state: without the service, on two views of one exchange, and about what a drop or paste does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { entryOf, openHistory } from '../../setup/history-page.ts';
import { chooseFiles, confirmOffer, giveUnlessRefused } from '../../setup/offer.ts';
import { fileOf } from '../../setup/test-app.ts';
import type { Visitor } from '../../setup/visitor.ts';
import { createVisitors, desktop, isConnectionFault, phone } from '../../setup/visitors.ts';

const visitors = createVisitors({ isExpected: isConnectionFault });
const { visit } = visitors;
const client = () => createClient(visitors.url);
const waits = 'Yours is on the shelf';
const cutOff = ({ page }: Visitor) => page.route('**/api/**', (route) => route.abort());

const waiting = async () => {
  const ada = await visit();
  await ada.give('ada.txt', 'Ada');
  await ada.sees(waits);
  return ada;
};

const arrived = async (options = {}) => {
  await client().give(fileOf('theirs.txt', 'We walked until the lamps were lit. '.repeat(50)));
  const ada = await visit(options);
  await ada.give('ada.txt', 'Ada');
  await ada.sees('Save the file');
  return ada;
};

describe('without the service', () => {
  it('a waiting page says so soon', async () => {
    const ada = await waiting();
    await visitors.service.stop();
    await ada.sees('We cannot reach the exchange right now. Your ticket is safe in this browser');
    await ada.sees('We cannot reach the exchange right now; we keep trying.');
  });

  it('a page that is opened anew claims neither a draw nor a count', async () => {
    const ada = await waiting();
    await cutOff(ada);
    await ada.page.reload();
    await ada.sees('The connection is lost');
    await ada.sees('We cannot reach the exchange right now; we keep trying.');
    expect(await ada.page.getByText(/We draw one|Counting/).count()).toBe(0);
    await ada.page.unroute('**/api/**');
    await ada.sees(waits);
  });

  it('a batch says so', async () => {
    const ada = await visit();
    await ada.paste('one', 'two');
    await ada.sees('2 of 2 given');
    await cutOff(ada);
    await ada.page.reload();
    await ada.sees('We cannot reach the exchange right now. Your ticket is safe in this browser');
  });
});

it('an empty shelf is no error: nothing in the console, whatever waits', async () => {
  const ada = await visit();
  const refused: string[] = [];
  ada.page.on('response', (response) => {
    if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
  });
  await ada.give('ada.txt', 'Ada');
  await ada.sees(waits);
  await ada.paste('one', 'two');
  await ada.sees('3 of 3 given');
  await ada.page.reload();
  await ada.sees("Waits for a stranger's file");
  expect(refused).toEqual([]);
});

it('My exchanges and the batch say the same about a file that is here', async () => {
  const ada = await visit();
  await ada.paste('one', 'two');
  await ada.sees("Waits for a stranger's file");
  await client().give(fileOf('ben.txt', 'Ben'));
  await ada.sees('A file is ready for you');
  await openHistory(ada);
  await entryOf(ada, 'one').getByText('A file is ready for you').waitFor();
  expect(await entryOf(ada, 'one').getByText('Not here yet').count()).toBe(0);
  // The first of the two waited alone; the other has its draw before it.
  await entryOf(ada, 'two').getByText('Its draw is open').waitFor();
});

describe('a paste', () => {
  const paste = ({ page }: Visitor, target: string, text: string, file = 'picture.txt') =>
    page.evaluate(`{
      const clipboardData = new DataTransfer();
      if (${JSON.stringify(text)}) clipboardData.setData('text/plain', ${JSON.stringify(text)});
      clipboardData.items.add(new File(['picture'], ${JSON.stringify(file)}, { type: 'text/plain' }));
      ${target}.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }`);
  const given = async () => (await client().poolStats()).given_total;

  it('of text with a picture of it is no gift, and none into a field', async () => {
    const ada = await arrived();
    await ada.page.getByText('Report this file').click();
    const note = ada.page.getByRole('textbox');
    await note.waitFor();
    await paste(ada, "document.querySelector('textarea')", 'What they wrote');
    await paste(ada, "document.querySelector('textarea')", '');
    await ada.save();
    await paste(ada, 'document.body', 'What they wrote');
    // The text may be given, and only the text.
    await ada.page.locator('.offer').waitFor();
    expect(await ada.page.locator('.offer').textContent()).not.toContain('picture.txt');
    expect(await given()).toBe(2);
    await ada.button('Not now').click();
    await paste(ada, 'document.body', 'copied.txt', 'copied.txt');
    await confirmOffer(ada.page);
    await expect.poll(given).toBe(3);
  });

  it.each([
    ['on a desktop', { ...desktop, viewport: { width: 1280, height: 800 } }],
    ['on a phone', phone],
  ])('that is refused says so where the eye is, %s', async (_place, options) => {
    const ada = await arrived(options);
    await ada.page.evaluate('scrollTo(0, 0)');
    await ada.paste('another');
    const refusal = ada.page.locator('.aside');
    await refusal.waitFor();
    const { y, height } = (await refusal.boundingBox()) ?? { y: -1, height: 0 };
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThanOrEqual(options.viewport?.height ?? 0);
  });
});

describe('a drag over', () => {
  let ada: Visitor;
  const drag = (type: string) =>
    ada.page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'x.txt'));
      document.body.dispatchEvent(new DragEvent('${type}', { dataTransfer, bubbles: true, cancelable: true }));
    }`);
  const echo = () => ada.page.locator('.drop-echo');
  beforeEach(async () => {
    ada = await waiting();
  });
  afterEach(async () => {
    await drag('dragleave');
    await echo().waitFor({ state: 'detached' });
  });

  it('a waiting page is answered', async () => {
    await drag('dragenter');
    await echo().getByText('Let go to give it.').waitFor();
  });

  it('My exchanges is answered', async () => {
    await openHistory(ada);
    await drag('dragenter');
    await echo().getByText('Let go to give it.').waitFor();
  });
});

it('a viewer that cannot be loaded does not blame the file, and the page can be loaded again', async () => {
  const ada = await visit();
  await ada.page.route(/assets\/text-.*\.js/, (route) => route.fulfill({ status: 404, body: '' }));
  await client().give(fileOf('theirs.txt', 'We walked until the lamps were lit.'));
  await ada.give('ada.txt', 'Ada');
  await ada.sees('A part of this page could not be loaded');
  expect(await ada.page.getByText('it seems to be broken').count()).toBe(0);
  await ada.save();
  await ada.page.unrouteAll();
  await ada.button('Load the page again').click();
  await ada.sees('Drop a file here.');
});

it('eight tabs that wait leave connections for another, and each hears of its file', async () => {
  const ada = await visit();
  const tabs = [ada.page];
  for (let count = 1; count < 8; count++) {
    const tab = await ada.page.context().newPage();
    await tab.goto(visitors.url);
    tabs.push(tab);
  }
  for (const [index, tab] of tabs.entries()) {
    await giveUnlessRefused(tab, () =>
      chooseFiles(tab, { name: `mine-${index}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`${index}`) }),
    );
    await tab.getByText(waits).first().waitFor();
  }
  const late = await ada.page.context().newPage();
  await late.goto(visitors.url);
  await late
    .getByText(/^8 files/)
    .first()
    .waitFor();
  for (const index of tabs.keys()) await client().give(fileOf(`theirs-${index}.txt`, `theirs ${index}`));
  for (const tab of tabs.toReversed()) await tab.getByText('Save the file').first().waitFor();
});

it.each(['en-GB', 'de-DE', 'es-ES', 'fr-FR', 'zh-CN', 'ar-EG'])(
  'no word runs over another at 320 pixels in %s',
  async (locale) => {
    await client().give(fileOf('theirs.txt', 'theirs'));
    await client().give(fileOf('more.txt', 'more'));
    const ada = await visit({ locale, viewport: { width: 320, height: 640 } });
    await ada.page.locator('.bay').first().waitFor();
    const tooWide = (boxes: string) =>
      ada.page.evaluate(`[...document.querySelectorAll('${boxes}')].flatMap((box) => {
      const text = document.createRange();
      text.selectNodeContents(box);
      const [inner, outer] = [text.getBoundingClientRect(), box.getBoundingClientRect()];
      return inner.left < outer.left - 1 || inner.right > outer.right + 1 ? [box.textContent] : [];
    })`);
    expect(await tooWide('.bay-tag .word')).toEqual([]);
    await ada.give('ada.txt', 'Ada');
    await ada.page.locator('.signs button').first().waitFor();
    expect(await tooWide('.signs button')).toEqual([]);
  },
);

it('My exchanges says that a file is on the counter when it is', async () => {
  const ada = await arrived();
  await openHistory(ada);
  await entryOf(ada, 'ada.txt').getByText('theirs.txt is on the counter').waitFor();
});

it('a file that is thrown away stays so after a reload', async () => {
  const ada = await arrived({ reducedMotion: 'reduce' });
  await ada.button('Throw it away').click();
  await ada.sees('Thrown away');
  await ada.page.reload();
  await ada.sees('Drop a file here.');
  expect(await ada.page.getByText('theirs.txt').count()).toBe(0);
});

it('an outage is no longer claimed when it is over', async () => {
  const form = new FormData();
  form.append('file', new File(['free'], 'theirs.txt'));
  await fetch(`${visitors.url}/api/upload`, { method: 'POST', body: form });
  const ada = await visit();
  await ada.button('Just take one without giving').waitFor();
  await ada.page.context().setOffline(true);
  await ada.button('Just take one without giving').click();
  const outage = ada.page.locator('.notice').getByText('We cannot reach the exchange right now.');
  await outage.waitFor();
  await ada.page.context().setOffline(false);
  await outage.waitFor({ state: 'detached' });
});

it('a giver is told that the name was changed', async () => {
  const ada = await visit();
  await ada.give('plain.txt', 'Ada');
  await ada.sees(waits);
  expect(await ada.page.getByText('Its name was changed').count()).toBe(0);
  await ada.button('Take my file back').click();
  await ada.choose('a.txt', 'Ada');
  await ada.page.getByLabel('Name the stranger sees').fill('what?.txt');
  await ada.button('Give it').click();
  await ada.sees('Its name was changed');
});

it('a screen reader hears the name of the file that came', async () => {
  const ada = await arrived();
  const heard = ada.page.getByRole('status').filter({ hasText: 'theirs.txt' });
  await expect.poll(() => heard.count()).toBe(1);
});

it('good news is not in the red of faults', async () => {
  const ada = await waiting();
  await ada.button('Take my file back').click();
  await ada.page.locator('.notice.is-good').waitFor();
});

it('the notice of a device that is offline leaves the parcel to be seen', async () => {
  const ada = await waiting();
  await ada.page.context().setOffline(true);
  const notice = ada.page.locator('.offline');
  await notice.waitFor();
  const [label, parcel] = [await notice.boundingBox(), await ada.page.locator('.parcel').boundingBox()];
  expect(label?.y).toBeGreaterThanOrEqual((parcel?.y ?? 0) + (parcel?.height ?? Number.POSITIVE_INFINITY));
  expect((label?.y ?? 0) + (label?.height ?? 0)).toBeLessThanOrEqual(ada.page.viewportSize()?.height ?? 0);
});
