/** Broken connections and crashes: one gift a file, complete bytes, and a message about what happened. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { type FlakyProxy, openFlakyProxy } from '../../setup/flaky-proxy.ts';
import { storedEntries } from '../../setup/history-page.ts';
import { type Service, startService } from '../../setup/service.ts';
import { holdRequests, throttleUploads } from '../../setup/slow-network.ts';
import { fileOf, openTestApp, type TestApp, waitUntil } from '../../setup/test-app.ts';
import type { Visitor } from '../../setup/visitor.ts';
import { createVisitors, isConnectionFault } from '../../setup/visitors.ts';

const waits = 'You get the next file somebody gives.';
const { visit } = createVisitors({ serve: 'by-test', isExpected: isConnectionFault });

describe('a service that restarts', () => {
  let service: Service;
  let proxy: FlakyProxy;
  beforeEach(async () => {
    service = await startService();
    proxy = await openFlakyProxy(service.port);
  });
  afterEach(async () => {
    proxy.close();
    await service.stop();
  });
  const stats = () => createClient(service.url).poolStats();

  it('during an upload gets the file again and has one gift', async () => {
    const bytes = randomBytes(3_000_000).toString('base64');
    const [ada, ben] = [await visit({ url: service.url }), await visit({ url: service.url })];
    const hurry = await throttleUploads(ada.page, 300_000);
    await ada.give('ada.txt', bytes);
    await ada.page.getByText(/^[1-9].* of 4 MB sent/).waitFor();
    await service.restart();
    await ada.sees('Your file is still with you; we send it again by ourselves.');
    await hurry();
    await ada.sees(waits);
    expect(await stats()).toMatchObject({ file_count: 1, given_total: 1 });
    await ben.give('ben.txt', 'Ben');
    await ben.sees('Save the file');
    expect((await ben.save()).text).toBe(bytes);
    await ada.sees('ben.txt');
  });

  it('during a download continues, and the bytes are correct', async () => {
    const bytes = Buffer.from(randomBytes(9_000_000).toString('base64'));
    await createClient(service.url).give({ name: 'long.txt', bytes: new Blob([bytes]) });
    const ada = await visit({ url: proxy.url });
    const ranges: string[] = [];
    ada.page.on('request', (request) => ranges.push(request.headers().range ?? ''));
    proxy.stallAfter(2_000_000, 'GET /api/deliveries/');
    await ada.give('ada.txt', 'Ada');
    await ada.page.getByText(/^2.* MB of 12 MB here/).waitFor();
    await service.restart();
    // Bytes that the proxy has buffered are lost as well.
    proxy.goDown();
    proxy.comeUp();
    await ada.sees('Save the file');
    expect(ranges.filter((range) => /^bytes=2\d{6}-$/.test(range)).length).toBeGreaterThan(0);
    expect((await ada.save()).bytes.equals(bytes)).toBe(true);
  });

  it('after it stored a gift but before it answered has one gift with a valid ticket', async () => {
    const ada = await visit({ url: proxy.url });
    proxy.breakAfter(0, 'POST /api/exchange');
    await ada.give('ada.txt', 'Ada');
    await ada.sees('we send it again by ourselves.');
    expect(proxy.hasBroken()).toBe(true);
    expect(await stats()).toMatchObject({ file_count: 1, given_total: 1 });
    await ada.sees(waits);
    expect(await stats()).toMatchObject({ file_count: 1, given_total: 1 });
    const ben = await visit({ url: service.url });
    await ben.give('ben.txt', 'Ben');
    await ben.sees('ada.txt');
    await ada.sees('ben.txt');
    expect((await ada.save()).text).toBe('Ben');
  });
});

describe('a page that was asleep for long', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await openTestApp();
  });
  afterEach(() => app.close());

  const minute = 60_000;
  const day = 24 * 60 * minute;
  const setAsleep = ({ page }: Visitor, isAsleep: boolean) => page.context().setOffline(isAsleep);
  const waiting = async () => {
    const ada = await visit({ url: app.url });
    await ada.give('ada.txt', 'Ada');
    await ada.sees(waits);
    return ada;
  };
  const givesAnew = async (ada: Visitor) => {
    await ada.give('anew.txt', 'anew');
    await ada.sees('Yours is on the shelf');
  };

  it('reports an expired ticket and gives again', async () => {
    const ada = await waiting();
    await setAsleep(ada, true);
    await app.advanceTime(31 * day);
    await setAsleep(ada, false);
    await ada.sees('Your last ticket waited too long and is no longer good.');
    await givesAnew(ada);
  });

  it('reports a spent ticket and gives again', async () => {
    const ada = await waiting();
    const [{ key: ticket } = { key: '' }] = (await storedEntries(ada)) as { key: string }[];
    await setAsleep(ada, true);
    await app.client.give(fileOf('ben.txt', 'Ben'));
    const delivery = await app.client.draw(ticket);
    expect(delivery?.name).toBe('ben.txt');
    await (await fetch(app.url + delivery?.url)).arrayBuffer();
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'spent');
    await app.advanceTime(day);
    await setAsleep(ada, false);
    await ada.sees('Your last exchange is done: its file was delivered.');
    await givesAnew(ada);
  });

  it('reports an expired lease during a download, and draws again', async () => {
    const bytes = 'We walked until the lamps were lit. '.repeat(400_000);
    const proxy = await openFlakyProxy(app.port);
    await app.client.give(fileOf('long.txt', bytes));
    const ada = await visit({ url: proxy.url });
    proxy.stallAfter(1_000_000, 'GET /api/deliveries/');
    await ada.give('ada.txt', 'Ada');
    await ada.page.getByText(/ MB of 14\.4 MB here/).waitFor();
    proxy.goDown();
    await app.advanceTime(15 * minute);
    const draw = await holdRequests(ada.page, '**/api/draws');
    proxy.comeUp();
    await ada.sees('The time for that parcel was over. Your ticket is good again');
    draw();
    await ada.sees('Save the file');
    expect((await ada.save()).text).toBe(bytes);
    proxy.close();
  });

  it('reports a lost free draw and draws another', async () => {
    await app.client.upload(fileOf('for all.txt', 'free'));
    const ada = await visit({ url: app.url });
    await ada.sees('1 file, ');
    await ada.button('Just take one without giving').click();
    await ada.sees('for all.txt');
    await app.advanceTime(day);
    await ada.page.reload();
    await ada.sees('The time for that file is over, and it went back on the shelf or is gone.');
    await givesAnew(ada);
  });
});
