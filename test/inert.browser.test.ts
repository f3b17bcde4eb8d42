/**
 * A stranger's file runs nothing (P8, R26), in a real browser. Each file of the corpus, were it to run anywhere, would ask
 * for an address that no page of ours asks for.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './setup/browser.ts';
import { fileOf, type OpenDoor, openDoor } from './setup/door.ts';

const call = "new Image().src='/api/executed';fetch('/api/executed');document.title='executed'";
const script = `<script>${call}</script>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="${call}">${script}<image href="x" onerror="${call}"/></svg>`;

const corpus: readonly (readonly [name: string, text: string])[] = [
  ['page.html', `<!doctype html><title>page</title>${script}<img src=x onerror="${call}">`],
  ['page.htm', `<body onload="${call}">`],
  [
    'page.xhtml',
    `<html xmlns="http://www.w3.org/1999/xhtml"><body>${script.replace("='", '=&apos;')}</body></html>`,
  ],
  ['picture.svg', svg],
  [
    'data.xml',
    `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#x"?><r xmlns:h="http://www.w3.org/1999/xhtml"><h:script>${call}</h:script></r>`,
  ],
  ['code.js', call],
  ['module.mjs', `${call}; export {}`],
  ['style.css', `@import '/api/executed'; body { background: url('/api/executed') }`],
  ['text.txt', `<html>${script}</html>`],
  ['notes.md', `[x](javascript:${call}) ${script}`],
  ['picture.png', `<html>${script}</html>`],
  ['film.mp4', `<html>${script}</html>`],
  [
    'paper.pdf',
    `%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.launchURL("/api/executed"))>>>>endobj\n${script}`,
  ],
  ['both.gif', `GIF89a/*${'\0'.repeat(20)}*/=1;${call};//${script}`],
  ['feed.rss', `<rss><channel><title>${script}</title></channel></rss>`],
  ['noname', `<!doctype html>${script}`],
];

let browser: Browser;
let door: OpenDoor;
const asked: string[] = [];
const giver = `g_${'x'.repeat(32)}`;
beforeAll(async () => {
  browser = await launchBrowser();
  door = await openDoor();
  door.program.app.server.on('request', ({ url }) => asked.push(url ?? ''));
});
afterAll(async () => {
  await browser?.close();
  await door?.close();
});

async function deliver(name: string, text: string): Promise<string> {
  // Always the same giver, who never draws what they gave themselves.
  const { ticket } = await door.client.give(fileOf('mine.txt', `mine ${name}`), { giver });
  await door.client.upload(fileOf(name, text));
  const delivery = await door.client.draw(ticket);
  if (delivery?.name !== name) throw new Error(`expected ${name}, drew ${delivery?.name}`);
  return door.url + delivery.url;
}

async function inPage<T>(act: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext();
  try {
    return await act(await context.newPage());
  } finally {
    await context.close();
  }
}

const executed = () => asked.filter((url) => url.includes('executed'));

describe("a stranger's file", () => {
  it.each(corpus)('%s is saved, not shown, when its address is opened', async (name, text) => {
    const url = await deliver(name, text);
    await inPage(async (page) => {
      const download = page.waitForEvent('download');
      await page.goto(url).catch(() => undefined);
      expect((await download).suggestedFilename()).toBe(name);
      expect(await page.title()).not.toBe('executed');
    });
    expect(executed()).toEqual([]);
  });

  it('runs neither as frame, object, image, script, style nor worker of another page', async () => {
    const [html, js, css, picture] = [
      await deliver('page.html', corpus[0]?.[1] as string),
      await deliver('code.js', call),
      await deliver('style.css', corpus[7]?.[1] as string),
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

/** A page of somebody else. */
function serve(html: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(html);
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
