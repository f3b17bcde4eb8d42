/** Proxies with answers of their own, files that change after they were chosen, and reloads during an upload. */
import { randomBytes } from 'node:crypto';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { chooseFiles, giveUnlessRefused } from '../../setup/offer.ts';
import { scratchFolder } from '../../setup/scratch.ts';
import { holdRequests, throttleUploads } from '../../setup/slow-network.ts';
import type { Visitor } from '../../setup/visitor.ts';
import { createVisitors, isConnectionFault } from '../../setup/visitors.ts';

const visitors = createVisitors({ isExpected: isConnectionFault });
const { visit } = visitors;
const { place } = scratchFolder();
const stats = () => createClient(visitors.url).poolStats();
const waits = 'Yours is on the shelf';

describe('a proxy with an answer of its own', () => {
  it.each([
    [413, 'That file is larger than this exchange takes.'],
    [403, 'An answer that is not ours came in between'],
    [200, 'An answer that is not ours came in between'],
    [429, 'You have done this very often in a short time'],
  ])('%i is understood by its status, and the file is sent once', async (status, words) => {
    const ada = await visit();
    let sends = 0;
    await ada.page.route('**/api/exchange', (route) => {
      sends++;
      return route.fulfill({ status, contentType: 'text/html', body: '<h1>No</h1>' });
    });
    await ada.give('ada.txt', 'Ada');
    await ada.sees(words);
    expect(sends).toBe(1);
  });
});

describe('a file', () => {
  let path: string;
  let ada: Visitor;
  beforeEach(async () => {
    path = join(place(), 'diary.txt');
    await writeFile(path, randomBytes(3_000_000).toString('base64'));
    ada = await visit();
  });

  it.each([
    ['changed', () => writeFile(path, 'shorter').then(() => utimes(path, 1, 1))],
    ['deleted', () => rm(path)],
  ])('that is %s after it was chosen is said to be unreadable at once', async (_what, change) => {
    const release = await holdRequests(ada.page, '**/api/exchange');
    await giveUnlessRefused(ada.page, () => chooseFiles(ada.page, path));
    await ada.sees('diary.txt');
    await change();
    release();
    await ada.sees('We cannot read that file any more');
    expect(await ada.button('Try again').count()).toBe(0);
    await ada.give('another.txt', 'Ada');
    await ada.sees(waits);
  });
});

describe('a reload during an upload', () => {
  const bytes = randomBytes(3_000_000).toString('base64');
  const reload = ({ page }: Visitor) => {
    page.once('dialog', (dialog) => dialog.accept());
    return page.reload();
  };

  it('says that the file did not arrive, and gives it again with the same key', async () => {
    const ada = await visit();
    const path = join(place(), 'long.txt');
    await writeFile(path, bytes);
    const keys: (string | undefined)[] = [];
    ada.page.on('request', (request) => {
      if (request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
    });
    const hurry = await throttleUploads(ada.page, 300_000);
    await giveUnlessRefused(ada.page, () => chooseFiles(ada.page, path));
    await ada.page.getByText(/^[1-9].* of 4 MB sent/).waitFor();
    await reload(ada);
    await ada.sees('Not all here when you left this page: long.txt.');
    await hurry();
    await giveUnlessRefused(ada.page, () => chooseFiles(ada.page, path));
    await ada.sees(waits);
    expect(keys.filter((key) => key !== undefined)).toHaveLength(2);
    expect(new Set(keys.filter((key) => key !== undefined)).size).toBe(1);
    expect(await stats()).toMatchObject({ given_total: 1 });
    await ada.page.reload();
    await ada.sees(waits);
  });

  it('goes on with the gift if it did arrive', async () => {
    const ada = await visit();
    await ada.page.route('**/api/exchange', async (route) => {
      if (route.request().method() === 'GET') return route.fallback();
      await route.fetch();
      // The answer never comes.
    });
    await ada.give('ada.txt', 'Ada');
    await expect.poll(async () => (await stats()).given_total).toBe(1);
    await reload(ada);
    await ada.sees(waits);
    await ada.sees('ada.txt');
  });
});
