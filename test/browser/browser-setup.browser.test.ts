import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../setup/browser.ts';

describe('the browser of the tests', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('runs the script of a page from a local server', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<p></p><script>document.querySelector("p").textContent = 6 * 7</script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await page.textContent('p')).toBe('42');
    await page.close();
    server.closeAllConnections();
    server.close();
  });

  it('has fonts', async () => {
    const page = await browser.newPage();
    await page.setContent('<span>Exchange</span>');
    expect((await page.locator('span').boundingBox())?.width).toBeGreaterThan(40);
    await page.close();
  });
});
