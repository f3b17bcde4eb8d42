import type { BrowserContextOptions } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import { type OtherSite, openOtherSite } from '../setup/other-site.ts';
import { cachedPaths, isPageCached } from '../setup/service-worker-cache.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const waits = 'You get the next file somebody gives.';
const drop = 'Drop a file here.';
const question = 'A file was shared with the exchange';

let otherSite: OtherSite;
// The tests navigate to another site themselves.
const visitors = createVisitors({ isExpected: (fault) => fault.includes(otherSite.url) });
const { visit } = visitors;

beforeEach(async () => {
  otherSite = await openOtherSite(`${visitors.url}/share`);
});
afterEach(() => otherSite.close());

/** A visitor with the service worker. */
const visitWithWorker = async (options?: BrowserContextOptions): Promise<Visitor> => {
  const visitor = await visit({ serviceWorkers: 'allow', ...options });
  await expect.poll(() => isPageCached(visitor.page)).toBe(true);
  return visitor;
};

/** The name of a single file can be changed. */
const asksAbout = (one: Visitor, name: string) =>
  expect.poll(() => one.page.getByLabel('Name the stranger sees').inputValue()).toBe(name);

const stats = () => createClient(visitors.url).poolStats();

describe('a shared file', () => {
  it('is given after a click and not before', async () => {
    const [ada, ben] = [await visitWithWorker(), await visit()];
    await otherSite.share(ada.page, ['<b>für alle</b>.txt']);
    await ada.sees(question);
    await asksAbout(ada, '<b>für alle</b>.txt');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(new URL(ada.page.url()).search).toBe('');
    await ada.page.reload();
    await ada.sees(question);
    expect((await stats()).given_total).toBe(0);
    await ada.button('Give it').click();
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben');
    await ben.sees('für alle');
    expect((await ben.save()).text).toBe('from <b>für alle</b>.txt');
    await ada.page.reload();
    await ada.sees('ben.txt');
    expect(await cachedPaths(ada.page)).not.toContainEqual(expect.stringMatching(/^\/share/));
  });

  it('is deleted if the visitor declines', async () => {
    const ada = await visitWithWorker({
      viewport: { width: 320, height: 640 },
      colorScheme: 'dark',
    });
    await otherSite.share(ada.page, [`${'long'.repeat(30)}.txt`]);
    await ada.sees(question);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await horizontalOverflow(ada.page)).toBe(0);
    await ada.button('Not now').click();
    await ada.sees(drop);
    await ada.page.reload();
    await ada.sees(drop);
    expect(await cachedPaths(ada.page)).not.toContainEqual(expect.stringMatching(/^\/share/));
    expect((await stats()).given_total).toBe(0);
  });

  it('can be given beside a waiting ticket, which stays', async () => {
    const [ada, ben] = [await visitWithWorker(), await visit()];
    await ada.give('first.txt', 'first');
    await ada.sees(waits);
    await otherSite.share(ada.page, ['second.txt', 'third.txt']);
    await ada.sees('2 files were shared with the exchange');
    await ada.button('Not now').click();
    await ada.sees(waits);
    await otherSite.share(ada.page, ['second.txt']);
    await ada.sees(question);
    await ada.button('Give it').click();
    for (const name of ['first.txt', 'second.txt']) await ada.sees(name);
    await expect.poll(async () => (await stats()).given_total).toBe(2);
    await ben.give('ben.txt', 'Ben');
    await ben.sees('This came from a stranger.');
  });

  it('waits while a delivery is on the stage', async () => {
    const [ada, ben] = [await visitWithWorker(), await visit()];
    await ada.give('first.txt', 'first');
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben');
    await ada.sees('ben.txt');
    await otherSite.share(ada.page, ['second.txt']);
    await ada.sees('ben.txt');
    expect(await ada.page.getByText(question).count()).toBe(0);
    await ada.save();
    await ada.button('Give another').click();
    await ada.sees(question);
    await asksAbout(ada, 'second.txt');
  });

  it('is given once, even from two pages', async () => {
    const ada = await visitWithWorker();
    const other = await ada.page.context().newPage();
    await otherSite.share(other, ['once.txt']);
    await other.getByRole('heading', { name: question }).waitFor();
    await ada.page.reload();
    await ada.sees(question);
    await other.getByRole('button', { name: 'Give it' }).click();
    await other.getByText(waits).first().waitFor();
    await ada.button('Give it').click();
    await ada.sees(waits);
    expect((await stats()).given_total).toBe(1);
  });

  it('can be several files, or text', async () => {
    const ada = await visitWithWorker();
    await otherSite.share(ada.page, ['one.txt', 'two.txt']);
    await ada.sees('2 files were shared with the exchange');
    for (const name of ['one.txt', 'two.txt']) await ada.sees(name);
    await ada.button('Not now').click();
    await ada.sees(drop);
    await otherSite.share(ada.page, [], { title: 'A song', url: 'https://example.org/' });
    await asksAbout(ada, 'A song.txt');
    await ada.button('Give it').click();
    await ada.sees(waits);
    expect((await stats()).given_total).toBe(1);
  });
});

describe('a failed share', () => {
  it.each([
    ['nothing', [], 'There was no file in what you shared.'],
    ['too much', Array.from({ length: 21 }, (_, n) => `${n}.txt`), 'That was more than this browser keeps for us'],
  ])('is explained if it is %s', async (_what, names, sentence) => {
    const ada = await visitWithWorker();
    await otherSite.share(ada.page, names);
    await ada.sees(sentence);
    await ada.sees(drop);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.page.reload();
    await ada.sees(drop);
    expect(await ada.page.getByText(sentence).count()).toBe(0);
  });

  it('is explained without a service worker, whatever is in progress', async () => {
    const sentence = 'This browser was not ready to take what you shared.';
    const ada = await visit();
    await otherSite.share(ada.page, ['lost.txt']);
    await ada.sees(sentence);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    await otherSite.share(ada.page, ['lost again.txt']);
    await ada.sees(waits);
    await ada.sees(sentence);
    expect((await stats()).given_total).toBe(1);
  });
});
