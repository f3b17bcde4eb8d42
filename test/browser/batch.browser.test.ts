import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import type { ProblemCode } from '../../src/contract/problems/codes.ts';
import { Problem } from '../../src/contract/problems/problem.ts';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import { windowsProgram } from '../setup/files.ts';
import { openFlakyProxy } from '../setup/flaky-proxy.ts';
import { chooseFiles, confirmOffer, giveUnlessRefused } from '../setup/offer.ts';
import { throttleUploads } from '../setup/slow-network.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const visitors = createVisitors();
const { visit } = visitors;

const pool = () => createClient(visitors.url).poolStats();
const visitor = {
  gives: async (...names: string[]) => {
    for (const name of names)
      await createClient(visitors.url).give({ name, bytes: new Blob([`of a stranger: ${name}`]) });
  },
};

describe('many files at once', () => {
  it('have a status each, and the failed ones are retried alone', async () => {
    const proxy = await openFlakyProxy(visitors.service.port);
    const ada = await visit({ url: proxy.url });
    // The first fails completely. The service has all of the next, but its answer is lost.
    await answerOnce(ada.page, 'storage-failing');
    proxy.breakAfter(0, 'POST /api/exchange');
    await choose(ada.page, [
      file('failing.txt'),
      file('broken.txt'),
      file('twin.txt', 'broken.txt'),
      file('setup.exe'),
      { ...file('photo.jpg'), buffer: windowsProgram() },
      file('empty.txt', ''),
      file('fine.txt'),
    ]);
    await ada.sees('2 of 7 given, 3 refused, 1 failed, 1 duplicate');
    expect(proxy.hasBroken()).toBe(true);
    await expectRow(ada, 'failing.txt', 'We cannot keep files safely right now.');
    await expectRow(ada, 'twin.txt', 'The same file as broken.txt');
    await expectRow(ada, 'setup.exe', 'That is a program.');
    await expectRow(ada, 'photo.jpg', 'That is a Windows program.');
    await expectRow(ada, 'empty.txt', 'That file is empty');
    expect(await pool()).toMatchObject({ file_count: 2, given_total: 2 });
    expect(await accessibilityViolations(ada.page)).toEqual([]);

    await row(ada, 'failing.txt').getByRole('button', { name: 'Try again' }).click();
    await ada.sees('3 of 7 given, 3 refused, 1 duplicate');
    await row(ada, 'setup.exe').getByRole('button', { name: 'Dismiss' }).click();
    await row(ada, 'twin.txt').getByRole('button', { name: 'Give it all the same' }).click();
    await ada.sees('4 of 6 given, 2 refused');
    expect(await pool()).toMatchObject({ file_count: 4, given_total: 4 });
    const lost = ada.faults.splice(0);
    expect(lost.filter((fault) => !/net::ERR_|status of 503/.test(fault))).toEqual([]);
    proxy.close();
  });

  it('wait as long as the service asks, and resume', async () => {
    const ada = await visit();
    await answerOnce(ada.page, 'too-many-requests', 1);
    await choose(ada.page, [file('one.txt'), file('two.txt')]);
    await ada.sees('The exchange asks for a pause. We go on by ourselves in 1 second.');
    await ada.sees('2 of 2 given');
    expect((await pool()).given_total).toBe(2);
  });

  it('are all given, and their deliveries are opened one after another', async () => {
    const ada = await visit();
    await choose(ada.page, [file('one.txt'), file('two.txt'), file('three.txt')]);
    await ada.sees('3 of 3 given');
    await ada.sees('Yours are on the shelf. You get the next files');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await visitor.gives('first.md', 'second.md');
    for (const name of ['first.md', 'second.md']) {
      await ada.button('Get the first file').click();
      const saved = await ada.save();
      expect(['first.md', 'second.md']).toContain(saved.name);
      if (name === 'first.md') await ada.button('Next parcel').click();
    }
    expect(await pool()).toMatchObject({ given_total: 5, delivered_total: 2 });
    // The third ticket still waits.
    await ada.button('Next parcel').click();
    await expect.poll(() => ada.page.getByText('Its parcel has been opened').count()).toBe(2);
    await row(ada, 'three.txt').getByRole('button').click();
    await ada.sees('Yours is on the shelf');
    await ada.button('Take my file back').click();
    await ada.sees('Your file is off the shelf again');
    await ada.sees('Drop a file here.');
  });

  it('come out of a folder, without system files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rfx-folder-'));
    await mkdir(join(folder, 'inner'));
    for (const name of ['a.txt', 'inner/b.txt', '.DS_Store', 'inner/Thumbs.db'])
      await writeFile(join(folder, name), name);
    const ada = await visit();
    const picking = ada.page.waitForEvent('filechooser');
    await ada.button('Choose a folder').click();
    await (await picking).setFiles(folder);
    await confirmOffer(ada.page);
    await ada.sees('2 of 2 given');
    await ada.sees('2 system files left out.');
    await expectRow(ada, 'b.txt', 'Waits for a stranger');
    // Reset the picker to files.
    await choose(ada.page, [file('c.txt')]);
    await ada.sees('3 of 3 given');
    await rm(folder, { recursive: true });
  });

  it('can be cancelled all at once or one by one', async () => {
    const ada = await visit();
    await throttleUploads(ada.page, 100_000);
    const large = (name: string) => file(name, name.repeat(300_000));
    await choose(ada.page, [file('quick.txt'), large('1'), large('2'), large('3'), large('4')]);
    await ada.sees('1 of 5 given');
    await row(ada, '1')
      .getByText(/^[1-9]\d*% sent/)
      .waitFor();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await ada.page.title()).toMatch(/^1 of 5 given/);
    expect(await wouldWarn(ada.page)).toBe(true);
    await row(ada, '3').getByRole('button', { name: 'Cancel' }).click();
    await ada.sees('1 of 5 given, 1 cancelled');
    await ada.button('Cancel all').click();
    await ada.sees('1 of 5 given, 4 cancelled');
    expect(await wouldWarn(ada.page)).toBe(false);
    expect((await pool()).given_total).toBe(1);
    await ada.button('Start page').click();
    await ada.sees('Drop a file here.');
  });

  it('are kept as far as they were given when the page is reloaded', async () => {
    const ada = await visit();
    await throttleUploads(ada.page, 100_000);
    const large = file('large.txt', 'x'.repeat(1_000_000));
    await choose(ada.page, [file('one.txt'), file('two.txt'), large]);
    await ada.sees('2 of 3 given');
    await ada.page.reload();
    await ada.sees('2 of 2 given');
    await expectRow(ada, 'one.txt', 'Waits for a stranger');
    await visitor.gives('theirs.txt');
    await row(ada, 'one.txt').getByRole('button', { name: 'Get it' }).click();
    expect((await ada.save()).name).toBe('theirs.txt');
  });

  it('can be added beside a waiting ticket', async () => {
    const ada = await visit();
    await ada.give('first.txt', 'first');
    await ada.sees('Yours is on the shelf');
    await ada.page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(['second'], 'second.txt', { type: 'text/plain' }));
      data.items.add(new File(['first'], 'again.txt', { type: 'text/plain' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }`);
    await confirmOffer(ada.page);
    await ada.sees('2 of 3 given, 1 duplicate');
    await expectRow(ada, 'again.txt', 'The same file as first.txt');
    await row(ada, 'second.txt').getByRole('button', { name: 'Show it' }).click();
    await ada.sees('Yours is on the shelf');
    await ada.button('See all your files').click();
    await ada.sees('2 of 3 given, 1 duplicate');
    expect((await pool()).given_total).toBe(2);
  });

  it('are refused while a single file is being given', async () => {
    const ada = await visit();
    await throttleUploads(ada.page, 100_000);
    await ada.give('large.txt', 'x'.repeat(1_000_000));
    await ada.sees('Handing it over');
    await ada.page.evaluate(`{
      const data = new DataTransfer();
      for (const name of ['a.txt', 'b.txt']) data.items.add(new File([name], name));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }`);
    await ada.page.getByText('One exchange at a time: finish this one first.').waitFor();
    await ada.button('Cancel').click();
    await ada.sees('You cancelled. Nothing was kept.');
    expect((await pool()).given_total).toBe(0);
  });
});

describe('the batch view', () => {
  it('is usable by keyboard alone', async () => {
    const ada = await visit();
    await visitor.gives('theirs.txt');
    await choose(ada.page, [file('one.txt'), file('setup.exe'), file('setup.msi')]);
    await ada.sees('1 of 3 given, 2 refused');
    const focused = () => ada.page.evaluate('document.activeElement.textContent');
    const press = async (key: string) => ada.page.keyboard.press(key);
    const tabTo = async (text: string) => {
      await expect
        .poll(async () => {
          if ((await focused()) === text) return true;
          await press('Tab');
          return false;
        })
        .toBe(true);
    };
    await tabTo('Dismiss');
    await press('Enter');
    await expect.poll(focused).toMatch(/^setup\.msi/);
    await tabTo('Dismiss');
    await press('Enter');
    await expect.poll(focused).toMatch(/^one\.txt/);
    await press('Shift+Tab');
    await press('Enter');
    await ada.sees('theirs.txt');
  });

  it.each([
    ['light', 320],
    ['dark', 1000],
  ] as const)('is accessible in %s mode, %i pixels wide', async (colorScheme, width) => {
    const viewport = { width, height: 700 };
    const ada = await visit({ viewport, colorScheme, isMobile: width < 400 });
    await throttleUploads(ada.page, 100_000);
    const long = `${'a long name '.repeat(15)}.txt`;
    await choose(ada.page, [
      file(long),
      file('twin.txt', long),
      file('setup.exe'),
      file('wide'.repeat(40)),
      file('large.txt', 'x'.repeat(1_500_000)),
    ]);
    await row(ada, 'large.txt')
      .getByText(/^[1-9]\d*% sent/)
      .waitFor();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await horizontalOverflow(ada.page)).toBe(0);
    await row(ada, 'large.txt').getByRole('button', { name: 'Cancel' }).click();
    await ada.button('Start page').waitFor();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await horizontalOverflow(ada.page)).toBe(0);
  });

  it('announces its start, each failure and its end', async () => {
    const ada = await visit();
    await ada.sees('Drop a file here.');
    await ada.page.evaluate(`{
      window.announcements = [];
      const status = document.querySelector('[role=status]');
      new MutationObserver(() => announcements.push(status.textContent)).observe(status, {
        childList: true, characterData: true, subtree: true,
      });
    }`);
    await choose(ada.page, [file('one.txt'), { ...file('a.jpg'), buffer: windowsProgram() }]);
    await ada.sees('1 of 2 given, 1 refused');
    const announcements = (await ada.page.evaluate('announcements.filter(Boolean)')) as string[];
    expect(announcements.slice(0, 2)).toEqual(['Give these 2 files?', '2 files are on the way.']);
    expect(announcements.at(-1)).toMatch(/^a\.jpg: That is a Windows program\..* 1 of 2 given, 1 refused$/);
    expect(announcements).toHaveLength(3);
  });
});

interface Chosen {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const file = (name: string, text = name): Chosen => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(text),
});

const choose = (page: Page, files: readonly Chosen[]) => giveUnlessRefused(page, () => chooseFiles(page, files));

/** The row of a file, by its whole name. */
const row = (one: Visitor, name: string): Locator =>
  one.page
    .locator('.files > li')
    .filter({ has: one.page.getByText(name, { exact: true }) })
    .first();

const expectRow = (one: Visitor, name: string, text: string) => row(one, name).getByText(text).first().waitFor();

/** The next gift gets this problem, as if from the service. */
async function answerOnce(page: Page, code: ProblemCode, retryAfter?: number): Promise<void> {
  const problem = new Problem(code, retryAfter === undefined ? {} : { retryAfter });
  await page.route('**/api/exchange', (route) => route.fulfill({ status: problem.status, json: problem.body() }), {
    times: 1,
  });
}

/** True if the browser would ask before leaving. */
const wouldWarn = (page: Page) =>
  page.evaluate('!window.dispatchEvent(new Event("beforeunload", { cancelable: true }))');
