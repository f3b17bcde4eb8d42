/** The page below a path of a host, behind a proxy that takes the path away or passes it on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { pdf } from '../setup/files.ts';
import { entryOf, openHistory, waitForText } from '../setup/history-page.ts';
import { type OtherSite, openOtherSite } from '../setup/other-site.ts';
import { openPathProxy, type PathProxy } from '../setup/path-proxy.ts';
import { receiveFile } from '../setup/receive.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { type Service, startService } from '../setup/service.ts';
import { cachedPaths, isPageCached } from '../setup/service-worker-cache.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors, isConnectionFault } from '../setup/visitors.ts';

const waits = 'You get the next file somebody gives.';
const arrived = 'This came from a stranger.';

const { place, write } = scratchFolder();
let proxy: PathProxy;
let service: Service;
let otherSite: OtherSite;
/** A visitor requests only what begins with its URL, or has a fault. */
const visitors = createVisitors({
  serve: 'by-test',
  isExpected: (fault) => isConnectionFault(fault) || fault.includes(otherSite.url),
});
const visit = (options = {}) => visitors.visit({ url: proxy.url, ...options });

const visitWithWorker = async (): Promise<Visitor> => {
  const visitor = await visit({ serviceWorkers: 'allow' });
  await expect.poll(() => isPageCached(visitor.page)).toBe(true);
  return visitor;
};

const base = () => proxy.url.slice(0, -1);

describe.each([
  ['takes the path away', true],
  ['passes the path on', false],
])('behind a proxy that %s', (_how, takesPath) => {
  beforeEach(async () => {
    proxy = await openPathProxy('/exchange/', takesPath);
    write('rules.txt', 'Be kind.');
    service = await startService({ BASE_URL: proxy.url, RATE_LIMIT: 'off', PAGES_DIR: place() });
    proxy.leadTo(service.port);
    otherSite = await openOtherSite(`${proxy.url}share`);
  });
  afterEach(async () => {
    otherSite.close();
    proxy.close();
    await service.stop();
    expect(proxy.outside).toEqual([]);
  });

  it('two visitors exchange files, and see them in the history after a reload', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ada.give('ada.txt', 'Ada was here.');
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben was here.');
    await ben.sees(arrived);
    await ada.sees(arrived);
    expect(await ada.save()).toMatchObject({ name: 'ben.txt', text: 'Ben was here.' });
    expect(await ben.save()).toMatchObject({ name: 'ada.txt', text: 'Ada was here.' });
    await ada.page.reload();
    await openHistory(ada);
    await waitForText(entryOf(ada, 'ada.txt'), 'You received ben.txt');
    await waitForText(entryOf(ada, 'ada.txt'), 'Delivered: a stranger has it.');
    expect(new URL(ada.page.url()).pathname).toBe('/exchange/');
    const links = "[...document.querySelectorAll('footer a')].map(({ href }) => href)";
    expect(await ada.page.evaluate(links)).toEqual([`${proxy.url}pages/rules`, `${proxy.url}docs`]);
    expect(await (await fetch(`${proxy.url}pages/rules`)).text()).toBe('Be kind.');
  });

  it('a free draw arrives', async () => {
    const ada = await visit();
    await createClient(base()).upload({ name: 'free.txt', bytes: new Blob(['free']) });
    await ada.button('Just take one without giving').click();
    await ada.sees(arrived);
    expect(await ada.save()).toMatchObject({ name: 'free.txt', text: 'free' });
  });

  it('workers and their resources show a text and a PDF', async () => {
    const ada = await visit({ reducedMotion: 'reduce' });
    const code = new TextEncoder().encode('const answer = 42;\n');
    await receiveFile(ada, base(), 'code.ts', code);
    await ada.page.locator('.preview .of-keyword').waitFor();
    await ada.throwAway();
    await receiveFile(ada, base(), 'letter.pdf', pdf(['Hello']));
    await ada.page.locator('.preview canvas').waitFor();
  });

  it('can be installed, opens offline, and keeps off the caches of other pages of the host', async () => {
    const ada = await visitWithWorker();
    const session = await ada.page.context().newCDPSession(ada.page);
    const { errors, url } = await session.send('Page.getAppManifest');
    expect([errors, url]).toEqual([[], `${proxy.url}manifest.webmanifest`]);
    expect((await session.send('Page.getInstallabilityErrors')).installabilityErrors).toEqual([]);
    const scope = 'navigator.serviceWorker.ready.then(({ scope, active }) => [scope, active.scriptURL])';
    expect(await ada.page.evaluate(scope)).toEqual([proxy.url, `${proxy.url}sw.js`]);
    await ada.page.evaluate(`(async () => {
      for (const name of ['page-of-another', 'page-of-yesterday/exchange']) await caches.open(name);
      await (await navigator.serviceWorker.ready).unregister();
    })()`);
    await ada.page.reload();
    const names = () => ada.page.evaluate('caches.keys().then((names) => names.sort())');
    const ours = expect.stringMatching(/^page-[0-9a-f]{12}\/exchange$/);
    await expect.poll(names).toEqual(expect.arrayContaining([ours, 'page-of-another']));
    await expect.poll(names).not.toContain('page-of-yesterday/exchange');
    await expect.poll(() => isPageCached(ada.page)).toBe(true);
    expect((await cachedPaths(ada.page)).filter((path) => !path.startsWith('/exchange/'))).toEqual([]);
    proxy.goDown();
    await ada.page.reload();
    await ada.sees('Drop a file here.');
  });

  it('takes shared files', async () => {
    const ada = await visitWithWorker();
    await otherSite.share(ada.page, ['shared.txt']);
    await ada.sees('A file was shared with the exchange');
    await ada.button('Give it').click();
    await ada.sees(waits);
    const ben = await visit();
    await otherSite.share(ben.page, ['lost.txt']);
    expect(new URL(ben.page.url()).pathname).toBe('/exchange/');
    await ben.sees('Drop a file here.');
  });
});
