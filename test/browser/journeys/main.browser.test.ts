/** The main journey on a phone and a desktop, for two visitors at once: every state is accessible. */
import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { expectAccessible } from '../../setup/accessibility.ts';
import { openFlakyProxy } from '../../setup/flaky-proxy.ts';
import { fireVisibilityChange, historyOf, openHistory, waitForText } from '../../setup/history-page.ts';
import { forgetShifts, largestShift, recordShifts } from '../../setup/layout-shift.ts';
import { chooseFiles, confirmOffer } from '../../setup/offer.ts';
import { openOtherSite } from '../../setup/other-site.ts';
import { isPageCached } from '../../setup/service-worker-cache.ts';
import { holdRequests, throttleUploads } from '../../setup/slow-network.ts';
import { createVisitors, desktop, isConnectionFault, phone } from '../../setup/visitors.ts';

const waits = 'You get the next file somebody gives.';
const drop = 'Drop a file here.';

/** The first step of the animation never ends, so that it can be checked. */
const frozenTimer = `{
  const start = window.setTimeout;
  window.setTimeout = (task, after, ...rest) =>
    after === 350 ? 0 : start(task, after, ...rest);
}`;

const text = (size: number) => 'We walked until the lamps were lit. '.repeat(size).slice(0, size);

const visitors = createVisitors({
  settings: { MAX_FILE_SIZE: '2MiB' },
  isExpected: isConnectionFault,
});
const { visit } = visitors;
const client = () => createClient(visitors.url);

describe.each([
  ['on a phone', phone, desktop],
  ['on a desktop', desktop, phone],
] as const)('%s', (_place, mine, theirs) => {
  it('gives a file: chosen, uploaded, retried and pooled over a flaky connection', async () => {
    const proxy = await openFlakyProxy(visitors.service.port);
    const ada = await visit({ ...mine, url: proxy.url, script: recordShifts });
    const look = (state: string) => expectAccessible(ada.page, state);
    await ada.sees('Be the first: ');
    await look('idle');
    await ada.give('empty.txt', '');
    await ada.sees('That file is empty');
    await look('refused: empty');
    await ada.give('large.txt', text(3_000_000));
    await ada.sees('That file has 3 MB; this exchange takes up to 2 MB.');
    await look('refused: too large');

    const hurry = await throttleUploads(ada.page, 40_000);
    await ada.give('a walk by the sea.txt', text(1_500_000));
    await ada.page.getByText(/^[1-9].* of 1\.5 MB sent .* left/).waitFor();
    await look('giving');
    proxy.goDown();
    await ada.sees('we send it again by ourselves.');
    proxy.comeUp();
    await ada.page.getByText(/^[1-9].* of 1\.5 MB sent/).waitFor();
    await look('giving again');
    await forgetShifts(ada.page);
    const draw = await holdRequests(ada.page, '**/api/tickets/*');
    await hurry();
    await ada.sees('Drawing a file for you');
    await look('drawing');
    draw();
    await ada.sees(waits);
    await ada.sees('Checked: a text file. It can be passed on.');
    await look('waiting');
    expect(await client().poolStats()).toMatchObject({ file_count: 1, given_total: 1 });

    proxy.goDown();
    await fireVisibilityChange(ada);
    await ada.sees('We cannot reach the exchange right now. Your ticket is safe');
    await look('waiting, not reached');
    await ada.page.context().setOffline(true);
    await ada.sees('This device is offline. Nothing is lost');
    await look('waiting, offline');
    await ada.page.context().setOffline(false);
    proxy.comeUp();
    const ben = await visit(theirs);
    await ben.give('from ben.txt', 'Ben was here.');
    await ben.sees('a walk by the sea.txt');
    await ada.sees('from ben.txt');
    expect(await largestShift(ada.page)).toBeLessThanOrEqual(0.05);
    proxy.close();
  });

  it('receives a file: over a flaky connection, unwrapped, saved, thanked for, reported and listed', async () => {
    const proxy = await openFlakyProxy(visitors.service.port);
    const ada = await visit({ ...mine, url: proxy.url, script: frozenTimer + recordShifts });
    const ben = await visit(theirs);
    const look = (state: string) => expectAccessible(ada.page, state);
    await waitForText(await openHistory(ada), 'Nothing here yet.');
    await look('my exchanges, empty');
    await ada.button('Start page').click();
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(waits);

    proxy.stallAfter(400_000, 'GET /api/deliveries/');
    await ben.give('a long walk.txt', text(1_500_000));
    await ada.page.getByText(/^4\d\d.* kB of 1\.5 MB here/).waitFor();
    await look('receiving');
    proxy.goDown();
    await ada.sees('Your parcel is still yours: we carry on where it stopped.');
    await look('receiving again');
    proxy.comeUp();
    // The page goes on by itself, and at once when the browser is online again.
    await ada.page.evaluate("dispatchEvent(new Event('online'))");
    await ada.sees('Unwrap it now');
    await look('arrived, wrapped');
    await ada.page.keyboard.press('Escape');
    await ada.sees('We walked until the lamps were lit.');
    await look('arrived');
    expect((await ada.save()).text).toBe(text(1_500_000));
    await ada.sees('We are deleting our copy;');
    await look('saved');
    await ada.button('heart').click();
    await ada.page.getByText('Choose another to change it.').waitFor();
    await look('thanked');
    await ada.page.getByText('Report this file').click();
    await ada.button('Send the report').click();
    await ada.sees('Choose what is wrong with it first.');
    await look('reporting');
    await ada.page.getByRole('radio', { name: /^Something else/ }).check();
    await ada.button('Send the report').click();
    await ada.sees('Thank you. Reported;');
    await look('reported');
    await waitForText(await openHistory(ada), 'You received a long walk.txt');
    await look('my exchanges');
    await waitForText(await openHistory(ben), 'A stranger sends thanks: ❤️ heart');
    expect(await largestShift(ada.page)).toBeLessThanOrEqual(0.05);

    await ada.button('Start page').click();
    expect(await historyOf(ada).count()).toBe(0);
    await ada.button('Give another').click();
    await client().upload({ name: 'for all.txt', bytes: new Blob(['free']) });
    await ada.sees('1 file, ');
    await ada.page.getByText('All figures').click();
    await look('idle, and something is on the shelf');
    proxy.close();
  });

  it('takes a file by a free draw', async () => {
    const ada = await visit(mine);
    await client().upload({ name: 'for all.txt', bytes: new Blob(['free']) });
    await ada.sees('1 file, ');
    const take = await holdRequests(ada.page, '**/api/download');
    await ada.button('Just take one without giving').click();
    await ada.sees('Taking one from the shelf');
    await expectAccessible(ada.page, 'taking');
    take();
    await ada.sees('Save the file');
    expect((await ada.save()).text).toBe('free');
  });

  it('gives many files at once', async () => {
    const [ada, ben] = [await visit(mine), await visit(theirs)];
    const look = (state: string) => expectAccessible(ada.page, state);
    const hurry = await throttleUploads(ada.page, 40_000);
    const files = { 'one.txt': 'one', 'twin.txt': 'one', 'setup.exe': 'no', 'long.txt': text(1e6) };
    const buffers = Object.entries(files).map(([name, bytes]) => ({
      name,
      mimeType: 'text/plain',
      buffer: Buffer.from(bytes),
    }));
    await chooseFiles(ada.page, buffers);
    await ada.sees('Give these 3 files?');
    await look('many, asked about');
    await confirmOffer(ada.page);
    await ada.page.getByText(/^[1-9]\d*% sent/).waitFor();
    await look('many, on their way');
    await hurry();
    await ada.sees('2 of 4 given, 1 refused, 1 duplicate');
    await ada.sees('Yours are on the shelf. You get the next files');
    await look('many, waiting');
    await ben.paste('from ben.txt', 'from him too.txt');
    await ada.button('Get it').first().waitFor();
    await look('many, one is here');
    await ada.button('Get the first file').click();
    await ada.sees('Save the file');
  });

  it('gives a file of the share target', async () => {
    const ada = await visit({ ...mine, serviceWorkers: 'allow' });
    await expect.poll(() => isPageCached(ada.page)).toBe(true);
    const otherSite = await openOtherSite(`${visitors.url}/share`);
    await otherSite.share(ada.page, ['a picture.txt', 'another.txt']);
    await ada.sees('2 files were shared with the exchange');
    await expectAccessible(ada.page, 'shared');
    await ada.button('Not now').click();
    await ada.sees(drop);
    otherSite.close();
    expect(ada.faults.splice(0).filter((fault) => !fault.includes(otherSite.url))).toEqual([]);
  });
});
