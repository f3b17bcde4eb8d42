import type { BrowserContextOptions } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import { type OtherSite, openOtherSite } from '../setup/other-site.ts';
import { cachedPaths, isPageCached } from '../setup/service-worker-cache.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const waits = "Nobody else's file is here yet. Yours is safe on the shelf";
const drop = 'Drop a file here.';
const question = 'A file was shared with the exchange';

let elsewhere: OtherSite;
// The tests go to another site themselves.
const visitors = createVisitors({ isExpected: (fault) => fault.includes(elsewhere.url) });
const { visit } = visitors;

beforeEach(async () => {
  elsewhere = await openOtherSite(`${visitors.url}/share`);
});
afterEach(() => elsewhere.close());

/** Somebody whose browser has the service worker. */
const regular = async (options?: BrowserContextOptions): Promise<Visitor> => {
  const stranger = await visit({ serviceWorkers: 'allow', ...options });
  await expect.poll(() => isPageCached(stranger.page)).toBe(true);
  return stranger;
};

const stats = () => createClient(visitors.url).poolStats();

describe('a file that is shared with the page', () => {
  it('is given after a click, and not before', async () => {
    const [ada, ben] = [await regular(), await visit()];
    await elsewhere.share(ada.page, ['<b>für alle</b>.txt']);
    await ada.sees(question);
    await ada.sees('<b>für alle</b>.txt');
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

  it('is forgotten when that is wished', async () => {
    const ada = await regular({ viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
    await elsewhere.share(ada.page, [`${'long'.repeat(30)}.txt`]);
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

  it('may be given beside a file that waits, which nothing is lost of', async () => {
    const [ada, ben] = [await regular(), await visit()];
    await ada.give('first.txt', 'first');
    await ada.sees(waits);
    await elsewhere.share(ada.page, ['second.txt', 'third.txt']);
    await ada.sees('2 files were shared with the exchange');
    await ada.button('Not now').click();
    await ada.sees(waits);
    await elsewhere.share(ada.page, ['second.txt']);
    await ada.sees(question);
    await ada.button('Give it').click();
    for (const name of ['first.txt', 'second.txt']) await ada.sees(name);
    await expect.poll(async () => (await stats()).given_total).toBe(2);
    await ben.give('ben.txt', 'Ben');
    await ben.sees('This came from a stranger.');
  });

  it('waits while a parcel is looked at', async () => {
    const [ada, ben] = [await regular(), await visit()];
    await ada.give('first.txt', 'first');
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben');
    await ada.sees('ben.txt');
    await elsewhere.share(ada.page, ['second.txt']);
    await ada.sees('ben.txt');
    expect(await ada.page.getByText(question).count()).toBe(0);
    await ada.save();
    await ada.button('Give another').click();
    await ada.sees(question);
    await ada.sees('second.txt');
  });

  it('is given once, though two pages ask', async () => {
    const ada = await regular();
    const other = await ada.page.context().newPage();
    await elsewhere.share(other, ['once.txt']);
    await other.getByRole('heading', { name: question }).waitFor();
    await ada.page.reload();
    await ada.sees(question);
    await other.getByRole('button', { name: 'Give it' }).click();
    await other.getByText(waits).first().waitFor();
    await ada.button('Give it').click();
    await ada.sees(waits);
    expect((await stats()).given_total).toBe(1);
  });

  it('may be several, or words', async () => {
    const ada = await regular();
    await elsewhere.share(ada.page, ['one.txt', 'two.txt']);
    await ada.sees('2 files were shared with the exchange');
    for (const name of ['one.txt', 'two.txt']) await ada.sees(name);
    await ada.button('Not now').click();
    await ada.sees(drop);
    await elsewhere.share(ada.page, [], { title: 'A song', url: 'https://example.org/' });
    await ada.sees('A song.txt');
    await ada.button('Give it').click();
    await ada.sees(waits);
    expect((await stats()).given_total).toBe(1);
  });
});

describe('sharing that came to nothing', () => {
  it.each([
    ['nothing', [], 'There was no file in what you shared.'],
    [
      'too much',
      Array.from({ length: 21 }, (_, n) => `${n}.txt`),
      'That was more than this browser keeps for us',
    ],
  ])('is explained when it is %s', async (_what, names, sentence) => {
    const ada = await regular();
    await elsewhere.share(ada.page, names);
    await ada.sees(sentence);
    await ada.sees(drop);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.page.reload();
    await ada.sees(drop);
    expect(await ada.page.getByText(sentence).count()).toBe(0);
  });

  it('is explained when there is no worker to take it, whatever is under way', async () => {
    const sentence = 'This browser was not ready to take what you shared.';
    const ada = await visit();
    await elsewhere.share(ada.page, ['lost.txt']);
    await ada.sees(sentence);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    await elsewhere.share(ada.page, ['lost again.txt']);
    await ada.sees(waits);
    await ada.sees(sentence);
    expect((await stats()).given_total).toBe(1);
  });
});
