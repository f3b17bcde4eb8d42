/**
 * A stranger's file runs nothing (P8, R26), neither at its own URL nor in the preview. If a file of the corpus ran, it
 * would request a URL that no page of ours requests.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';
import { call, makeCorpus, svg } from '../setup/corpus.ts';
import { receiveFile } from '../setup/receive.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';
import { openVisitor, type Visitor } from '../setup/visitor.ts';

const corpus = await makeCorpus();
const textOf = (wanted: string) => corpus.find(([name]) => name === wanted)?.[1] ?? '';

let browser: Browser;
let app: TestApp;
const requested: string[] = [];
const giver = `g_${'x'.repeat(32)}`;
beforeAll(async () => {
  browser = await launchBrowser();
  app = await openTestApp();
  app.running.app.server.on('request', ({ url }) => requested.push(url ?? ''));
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function deliver(name: string, bytes: string | Uint8Array): Promise<string> {
  // Always the same giver, who never draws their own gifts.
  const { ticket } = await app.client.give(fileOf('mine.txt', `mine ${name}`), { giver });
  await app.client.upload(fileOf(name, bytes));
  const delivery = await app.client.draw(ticket);
  if (delivery?.size !== fileOf(name, bytes).bytes.size) throw new Error(`expected ${name}, drew ${delivery?.name}`);
  return app.url + delivery.url;
}

async function inPage<T>(act: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext();
  try {
    return await act(await context.newPage());
  } finally {
    await context.close();
  }
}

const executed = () => requested.filter((url) => url.includes('executed'));

describe("a stranger's file", () => {
  it.each(corpus)('%s is saved, not shown, when its URL is opened', async (name, bytes) => {
    const url = await deliver(name, bytes);
    await inPage(async (page) => {
      const download = page.waitForEvent('download');
      await page.goto(url).catch(() => undefined);
      await download;
      expect(await page.title()).not.toBe('executed');
    });
    expect(executed()).toEqual([]);
  });

  it('runs neither as frame, object, image, script, style nor worker of another page', async () => {
    const [html, js, css, picture] = [
      await deliver('page.html', textOf('page.html')),
      await deliver('code.js', call),
      await deliver('style.css', textOf('style.css')),
      await deliver('picture.svg', svg),
    ];
    const host = await serve(`<!doctype html>
      <iframe src="${html}"></iframe><iframe src="${picture}"></iframe>
      <object data="${html}"></object><embed src="${picture}"><img src="${picture}">
      <script src="${js}"></script><link rel="stylesheet" href="${css}">
      <script>try { new Worker('${js}') } catch {}; import('${js}').catch(() => {})</script>`);
    await inPage(async (page) => {
      await page.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
      await page.waitForTimeout(500);
      expect(await page.title()).not.toBe('executed');
    });
    host.close();
    expect(executed()).toEqual([]);
  });
});

describe("a stranger's file in the page that received it", () => {
  let ada: Visitor;
  beforeAll(async () => {
    ada = await openVisitor(browser, app.url, { reducedMotion: 'reduce' });
    ada.page.on('dialog', (dialog) => {
      ada.faults.push(`opened a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    ada.page.on('popup', (popup) => ada.faults.push(`opened a window: ${popup.url()}`));
    ada.page.on('download', (download) => ada.faults.push(`saved ${download.url()}`));
  });
  afterAll(() => ada?.leave());

  it.each(corpus)('%s is previewed without running', async (name, bytes) => {
    await receiveFile(ada, app.url, name, bytes);
    const source = ada.button('Show the source');
    if (await source.isVisible()) await source.click();
    await ada.page.waitForTimeout(100);
    expect(await ada.page.title()).not.toBe('executed');
    expect(await ada.page.locator('#executed, .preview script, .preview iframe').count()).toBe(0);
    expect(ada.faults.splice(0)).toEqual([]);
    expect(executed()).toEqual([]);
    await ada.throwAway();
    await ada.sees('Drop a file here.');
  });
});

/** A page of another origin. */
function serve(html: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(html);
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

describe('Trusted Types', () => {
  it.each([
    ['markup', "document.body.innerHTML = '<b>text</b>'"],
    ['a worker', "new Worker('/sw.js')"],
    ['a script', "document.createElement('script').src = '/sw.js'"],
    ['a policy of its own', "trustedTypes.createPolicy('mine', {})"],
  ])('refuse %s from a text', async (_what, act) => {
    const failure = await inPage(async (page) => {
      await page.goto(app.url);
      return page.evaluate(act).catch((error: Error) => error.message);
    });
    expect(failure).toMatch(/TrustedHTML|TrustedScriptURL|policy/i);
  });
});
