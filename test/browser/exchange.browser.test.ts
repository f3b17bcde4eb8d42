import { randomBytes } from 'node:crypto';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { accessibilityViolations, expectAccessible, horizontalOverflow } from '../setup/accessibility.ts';
import { windowsProgram } from '../setup/files.ts';
import { openFlakyProxy } from '../setup/flaky-proxy.ts';
import { chooseFiles, confirmOffer } from '../setup/offer.ts';
import { throttleUploads } from '../setup/slow-network.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const waits = 'You get the next file somebody gives.';
const arrived = 'This came from a stranger.';
const drop = 'Drop a file here.';

const visitors = createVisitors();
const { visit } = visitors;

const filesInPool = async () => (await createClient(visitors.url).poolStats()).file_count;

describe('two visitors', () => {
  it("get each other's file, the first one without another action", async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await ben.sees('1 file given so far');
    await ada.page.reload();
    await ada.sees(waits);

    await ben.give('from ben.md', '# Ben was here.', 'text/markdown');
    await ben.sees('from ada.txt');
    await ada.sees('from ben.md');
    expect(await ben.save()).toMatchObject({ name: 'from ada.txt', text: 'Ada was here.' });
    expect(await ada.save()).toMatchObject({ name: 'from ben.md', text: '# Ben was here.' });
    for (const one of [ada, ben]) await one.sees('2 files given so far; 2 reached a stranger.');

    expect((await ada.save()).text).toBe('# Ben was here.');
    await ada.button('Give another').click();
    await ada.sees(drop);
    await ada.page.reload();
    await ada.sees(drop);
    expect(await filesInPool()).toBe(0);
  });

  it('exchange across a crash of the service', async () => {
    const ada = await visit();
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    await visitors.service.restart();
    const ben = await visit();
    await ben.give('ben.txt', 'Ben');
    await ben.sees('ada.txt');
    await ada.sees('ben.txt');
    const isConnectionFault = (fault: string) => fault.includes('net::ERR_');
    expect(ada.faults.splice(0).filter((fault) => !isConnectionFault(fault))).toEqual([]);
  });

  it('never get their own files', async () => {
    const ada = await visit();
    await ada.give('one.txt', 'one');
    await ada.sees(waits);
    const again = await ada.page.context().newPage();
    await again.goto(visitors.url);
    await again.getByText(waits).first().waitFor();
    expect(await filesInPool()).toBe(1);
  });

  it('find an unsaved delivery again after a reload', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben');
    await ben.sees(arrived);
    await ben.page.reload();
    await ben.sees('ada.txt');
    expect((await ben.save()).text).toBe('Ada');
  });

  it('resume an interrupted delivery', async () => {
    const bytes = Buffer.from(randomBytes(3_000_000).toString('base64'));
    const ada = await visit();
    await ada.give('long.txt', bytes);
    await ada.sees(waits);
    const proxy = await openFlakyProxy(visitors.service.port);
    const ben = await visit({ url: proxy.url });
    proxy.breakAfter(2_000_000);
    const ranges: string[] = [];
    ben.page.on('request', (request) => ranges.push(request.headers().range ?? ''));
    await ben.give('ben.txt', 'Ben');
    await ben.sees(arrived);
    expect(proxy.hasBroken()).toBe(true);
    expect(ranges.filter((range) => /^bytes=[1-9]\d*-$/.test(range))).toHaveLength(1);
    expect((await ben.save()).bytes.equals(bytes)).toBe(true);
    expect(ben.faults.splice(0)).toEqual([expect.stringContaining('net::ERR_')]);
    proxy.close();
  });
});

describe('a giver', () => {
  it('reads why a program is refused and that nothing is stored', async () => {
    const ada = await visit();
    await ada.give('photo.jpg', windowsProgram(), 'image/jpeg');
    await ada.sees("That is a Windows program. We don't pass programs on; nothing was kept.");
    expect(await filesInPool()).toBe(0);
    await ada.give('fine.txt', 'fine');
    await ada.sees(waits);
  });

  it('reads before any upload which files cannot be given', async () => {
    const ada = await visit();
    await ada.give('empty.txt', '');
    await ada.sees('That file is empty');
    await dropFiles(ada.page, ['setup.exe']);
    await ada.sees('That is a program.');
    expect(await filesInPool()).toBe(0);
  });

  it('can drop the file anywhere, or paste it', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await dropFiles(ada.page, ['dropped.txt']);
    await confirmOffer(ada.page);
    await ada.sees(waits);
    await ben.page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(['pasted'], 'pasted.txt', { type: 'text/plain' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }`);
    await confirmOffer(ben.page);
    await ada.sees('pasted.txt');
  });

  it('is asked about first, can get another name, and is not sent unless the answer is yes', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ada.choose('IMG_4711.txt', 'a walk');
    await ada.sees('Give this file?');
    expect(await focusedText(ada)).toBe('Give it');
    await ada.button('Not now').click();
    await ada.sees(drop);
    expect(await filesInPool()).toBe(0);
    await ada.choose('IMG_4711.txt', 'a walk');
    await ada.page.getByLabel('Name the stranger sees').fill('a walk by the sea.txt');
    await ada.page.keyboard.press('Enter');
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben');
    await ben.sees('a walk by the sea.txt');
  });

  it('is one of many that can be left out', async () => {
    const ada = await visit();
    await chooseFiles(
      ada.page,
      ['one.txt', 'two.txt', 'setup.exe'].map((name) => textFile(name)),
    );
    // The program is named, and not counted.
    await ada.sees('Give these 2 files?');
    await ada.sees('That is a program.');
    await ada.button('Leave setup.exe out').click();
    await ada.button('Leave one.txt out').click();
    await ada.sees('Give this file?');
    await ada.button('Give it').click();
    await ada.sees(waits);
    await ada.sees('two.txt');
    expect(await filesInPool()).toBe(1);
  });

  it('can be a pasted text or a dropped link, which the page asks about', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await transfer(ada.page, 'paste', 'text/plain', 'A line that I like.\nAnd another.');
    await ada.sees('Give this file?');
    await asksAbout(ada, 'A line that I like.txt');
    await ada.button('Give it').click();
    await ada.sees(waits);
    await transfer(ben.page, 'drop', 'text/uri-list', 'https://example.org/a/song');
    await asksAbout(ben, 'example.org.txt');
    await ben.button('Give it').click();
    expect((await ben.save()).text).toBe('A line that I like.\nAnd another.\n');
    await ada.sees('example.org.txt');
    expect((await ada.save()).text).toBe('https://example.org/a/song\n');
  });

  it('is never a text that is pasted into a field', async () => {
    const ada = await visit();
    await ada.choose('IMG_4711.txt', 'a walk');
    const name = 'Name the stranger sees';
    await ada.page.getByLabel(name).focus();
    await transfer(ada.page, 'paste', 'text/plain', 'a walk.txt', 'document.activeElement');
    await transfer(ada.page, 'paste', 'text/plain', 'a walk.txt');
    // Only the second paste, on the page itself, is a gift.
    await ada.sees('Give these 2 files?');
  });

  it('can withdraw a gift that was not drawn yet', async () => {
    const ada = await visit();
    await ada.give('mine.txt', 'mine');
    await ada.button('Take my file back').click();
    await ada.sees('Your file is off the shelf again');
    expect(await filesInPool()).toBe(0);
    await ada.page.reload();
    await ada.sees(drop);
  });

  it('can cancel an upload', async () => {
    const ada = await visit();
    await throttleUploads(ada.page, 100_000);
    await ada.give('large.txt', randomBytes(1_000_000).toString('base64'));
    await ada.page.getByText(/^[1-9].* of 1\.3 MB sent/).waitFor();
    await ada.button('Cancel').click();
    await ada.sees('You cancelled. Nothing was kept.');
    expect(await filesInPool()).toBe(0);
  });

  it('loses nothing when the connection breaks: the page retries', async () => {
    const ada = await visit();
    await ada.page.route('**/api/exchange', (route) => route.abort('connectionreset'));
    await ada.give('hello.txt', 'hello');
    await ada.sees('Your file is still with you; we send it again by ourselves.');
    await ada.page.unroute('**/api/exchange');
    await ada.sees(waits);
    expect(await filesInPool()).toBe(1);
    for (const fault of ada.faults.splice(0)) expect(fault).toContain('net::ERR_');
  });

  it('can do everything by keyboard', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ben.give('ben.txt', 'Ben');
    await ben.sees(waits);
    await ada.page.bringToFront();
    // Wait for the event before the key: the browser takes a moment until it reports file choosers.
    const picking = ada.page.waitForEvent('filechooser');
    await tabTo(ada.page, 'Drop a file here.');
    await ada.page.keyboard.press('Enter');
    const file = { name: 'keys.txt', mimeType: 'text/plain', buffer: Buffer.from('keys') };
    await (await picking).setFiles(file);
    await ada.sees('Give this file?');
    await ada.page.keyboard.press('Enter');
    await ada.sees(arrived);
    await expect.poll(() => ada.page.evaluate('document.activeElement.tagName')).toBe('H2');
    await ada.page.getByRole('link', { name: 'Save the file' }).waitFor();
    await tabTo(ada.page, 'Save the file');
    const saving = ada.page.waitForEvent('download');
    await ada.page.keyboard.press('Enter');
    expect((await saving).suggestedFilename()).toBe('ben.txt');
    await tabTo(ada.page, 'Give another');
    await ada.page.keyboard.press('Space');
    await ada.sees(drop);
  });
});

describe('a file that is thrown away', () => {
  it('comes back if the visitor changes their mind, and is gone after ten seconds', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ben.give('ben.txt', 'Ben');
    await ben.sees(waits);
    await ada.give('ada.txt', 'Ada');
    await ada.button('Throw it away').click();
    await ada.sees('Thrown away');
    await ada.sees('You can take it back for 10 seconds.');
    expect(await focusedText(ada)).toBe(' Undo');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.page.keyboard.press('Enter');
    await ada.sees('ben.txt');
    await ada.page.clock.install();
    await ada.button('Throw it away').click();
    await ada.sees('Thrown away');
    await ada.page.clock.runFor(9_000);
    expect(await ada.page.getByText('Thrown away').count()).toBe(1);
    await ada.page.clock.runFor(2_000);
    await ada.sees(drop);
    await ada.page.reload();
    await ada.sees(drop);
  });
});

describe('a free draw', () => {
  it('is not offered for an empty pool, and gets a file from a filled one', async () => {
    const ada = await visit();
    await ada.sees('Be the first: ');
    const take = ada.button('Just take one without giving');
    expect(await take.count()).toBe(0);
    const bytes = new Blob(['free']);
    await createClient(visitors.url).upload({ name: 'für alle.txt', bytes });
    await take.click();
    await ada.sees('für alle.txt');
    await ada.page.reload();
    await ada.sees('für alle.txt');
    expect(await ada.save()).toMatchObject({ name: 'für alle.txt', text: 'free' });
  });

  it('reports that another visitor was faster', async () => {
    const ada = await visit();
    await createClient(visitors.url).upload({ name: 'free.txt', bytes: new Blob(['free']) });
    const take = ada.button('Just take one without giving');
    await expect.poll(() => take.isEnabled()).toBe(true);
    await ada.page.route('**/api/pool/*', (route) => route.abort());
    await ada.page.route('**/api/download', async (route) => {
      await fetch(`${visitors.url}/api/download`);
      await route.continue();
    });
    await take.click();
    await ada.sees('There is nothing to take without giving right now.');
  });
});

describe('the page', () => {
  it.each([
    '<img src=x onerror=alert(1)>.txt',
    '"><script>window.ran = true</script>.txt',
    'invoice\u202Etxt.pdf',
    `${'long name '.repeat(18)}.txt`,
  ])('shows a name as text: %s', async (name) => {
    const [ada, ben] = [await visit(phone), await visit(phone)];
    for (const one of [ada, ben]) one.page.on('dialog', (dialog) => one.faults.push(dialog.message()));
    await throttleUploads(ada.page, 200_000);
    await ada.choose(name, `%PDF-1.7\n${randomBytes(200_000).toString('base64')}`);
    await ada.page.getByLabel('Remove place and camera data').uncheck();
    await ada.button('Give it').click();
    await ada.page.locator('.file-name').first().waitFor();
    await ada.sees('Yours is on the shelf');
    await ben.give('ben.txt', 'Ben');
    await ben.sees(arrived);
    for (const { page } of [ada, ben]) {
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.evaluate('window.ran')).toBeUndefined();
      expect(await horizontalOverflow(page)).toBe(0);
    }
    expect(await ben.page.locator('.file-name').textContent()).not.toContain('\u202E');
  });

  it.each([
    ['light', 'phone'],
    ['dark', 'desk'],
  ] as const)('is accessible in %s mode on a %s', async (colorScheme, device) => {
    const options = { colorScheme, ...(device === 'phone' ? phone : desktop) };
    const [ada, ben] = [await visit(options), await visit(options)];
    await ada.sees(drop);
    await expectAccessible(ada.page, 'start');
    await ada.give('photo.jpg', windowsProgram());
    await ada.sees('That is a Windows program.');
    await expectAccessible(ada.page, 'refused');
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    await expectAccessible(ada.page, 'waiting');
    await ben.give('ben.txt', 'Ben');
    await ben.sees(arrived);
    await ben.page.getByText('Arrived complete').click();
    await expectAccessible(ben.page, 'arrived');
  });

  it('says what to do without JavaScript', async () => {
    // Chromium ignores `noscript` when only the debugger disables scripts, so read the HTML instead.
    const html = await (await fetch(visitors.url)).text();
    const aside = /<noscript>.*<\/noscript>/s.exec(html)?.[0] ?? '';
    expect(aside.match(/^curl /gm)).toHaveLength(3);
  });

  it('starts again when its ticket has ended', async () => {
    const ada = await visit();
    await ada.page.evaluate(`localStorage.setItem('exchange.owed', JSON.stringify([
      { exchange: { ticket: 'never-heard-of', gift: { name: 'a.txt', size: 1 } } },
    ]))`);
    await ada.page.reload();
    await ada.sees('This exchange does not know the ticket that this browser kept.');
    await ada.page.reload();
    await ada.sees(drop);
  });
});

/** Pastes or drops data of a media type on an element. */
const transfer = (page: Page, how: 'paste' | 'drop', type: string, data: string, target = 'document.body') =>
  page.evaluate(`{
    const data = new DataTransfer();
    data.setData(${JSON.stringify(type)}, ${JSON.stringify(data)});
    const options = { bubbles: true, cancelable: true };
    ${target}.dispatchEvent(
      '${how}' === 'paste'
        ? new ClipboardEvent('paste', { ...options, clipboardData: data })
        : new DragEvent('drop', { ...options, dataTransfer: data }),
    );
  }`);
const asksAbout = (one: Visitor, name: string) =>
  expect.poll(() => one.page.getByLabel('Name the stranger sees').inputValue()).toBe(name);

const textFile = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
const focusedText = ({ page }: Visitor) => page.evaluate('document.activeElement.textContent');

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true };
const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };

function dropFiles(page: Page, names: readonly string[]): Promise<unknown> {
  return page.evaluate(`{
    const dataTransfer = new DataTransfer();
    for (const name of ${JSON.stringify(names)})
      dataTransfer.items.add(new File(['dropped'], name, { type: 'text/plain' }));
    const target = document.querySelector('footer');
    for (const type of ['dragenter', 'dragover', 'drop'])
      target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }`);
}

/** Presses Tab until an element with this text has the focus; fails after a limit. */
async function tabTo(page: Page, words: string): Promise<void> {
  for (let left = 12; left > 0; left--) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement.textContent');
    if (String(focused).includes(words)) return;
  }
  throw new Error(`The Tab key does not lead to: ${words}`);
}
