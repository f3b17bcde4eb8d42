/** The main flow in Firefox. All other browser tests run in Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'puppeteer-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchFirefox, missingFirefox, openWindow } from '../setup/firefox.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { type Service, startService } from '../setup/service.ts';

const reason = await missingFirefox();
if (reason !== undefined) console.warn(`SKIPPED: the main flow in Firefox: ${reason}.`);

const sees = (page: Page, text: string) => page.locator(`main ::-p-text(${text})`).wait();
const click = (page: Page, element: string) => page.locator(element).click();

const readIfExists = (path: string) => existsSync(path) && readFileSync(path, 'utf8');

async function give(page: Page, file: string): Promise<void> {
  const input = await page.waitForSelector('input[type=file][multiple]');
  await input?.uploadFile(file);
  await sees(page, 'Give this file?');
  await click(page, '.offer ::-p-text(Give it)');
}

describe.skipIf(reason !== undefined)('two windows of Firefox', () => {
  const { place, write } = scratchFolder();
  let service: Service | undefined;
  let browser: Browser | undefined;
  beforeEach(async () => {
    service = await startService();
    browser = await launchFirefox(place('saved'));
  });
  afterEach(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('get, unwrap and save the file of the other, and list the exchange', async () => {
    for (const name of ['ada', 'ben']) write(`${name}.txt`, `${name}.txt was here.`);
    const { url } = service as Service;
    const ada = await openWindow(browser as Browser, url);
    await give(ada, place('ada.txt'));
    await sees(ada, 'You get the next file somebody gives.');
    const ben = await openWindow(browser as Browser, url);
    await give(ben, place('ben.txt'));

    const windows = [
      { page: ben, received: 'ada.txt' },
      { page: ada, received: 'ben.txt' },
    ];

    for (const { page, received } of windows) {
      await page.bringToFront();
      await sees(page, 'This came from a stranger.');
      // A key unwraps the parcel at once.
      await page.keyboard.press('Escape');
      await sees(page, received);
      await click(page, 'a::-p-text(Save the file)');
      // Firefox creates the file before it writes to it.
      const saved = place(`saved/${received}`);
      await expect.poll(() => readIfExists(saved), { timeout: 20_000 }).toBe(`${received} was here.`);
      await sees(page, 'We are deleting our copy');
    }
    for (const { page, received } of windows) {
      await page.bringToFront();
      await click(page, 'a::-p-text(My exchanges)');
      await sees(page, 'You received');
      await sees(page, received);
      await sees(page, 'Delivered: a stranger has it.');
    }
  });
});
