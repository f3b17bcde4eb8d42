/** A visitor of the page: a browser context without stored data. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { chooseFiles, giveUnlessRefused } from './offer.ts';

export interface Visitor {
  readonly page: Page;
  /** Errors, warnings and violations of the content security policy in the page. */
  readonly faults: string[];
  /** Chooses a file and confirms that it is given, unless the page refuses it at once. */
  give(name: string, bytes: string | Uint8Array, mimeType?: string): Promise<void>;
  /** Chooses a file; the page asks about it. */
  choose(name: string, bytes: string | Uint8Array, mimeType?: string): Promise<void>;
  /** Pastes text files and confirms them; each contains its name. */
  paste(...names: string[]): Promise<void>;
  /** Waits for a visible text. */
  sees(text: string): Promise<void>;
  button(name: string): Locator;
  /** Saves the delivery and reads it. */
  save(): Promise<{ name: string; text: string; bytes: Buffer }>;
  /** Throws the delivery away, and does not wait for the end of the time to undo that. */
  throwAway(): Promise<void>;
  leave(): Promise<void>;
}

/** Chromium logs every 4xx answer as an error; a refusal is none. */
const isRefusalMessage = (text: string) => /^Failed to load resource: .* status of 4\d\d/.test(text);

/** Logged when the page registers its service worker, which most tests block. */
const isBlockedWorkerMessage = (text: string) => text === 'Service Worker registration blocked by Playwright';

const pasteScript = (names: readonly string[]) => `{
  const clipboardData = new DataTransfer();
  for (const name of ${JSON.stringify(names)})
    clipboardData.items.add(new File([name], name, { type: 'text/plain' }));
  window.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
}`;

export async function openVisitor(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    acceptDownloads: true,
    // Requests of a service worker cannot be routed by a test.
    serviceWorkers: 'block',
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    const isFault = ['error', 'warning'].includes(message.type());
    const text = message.text();
    if (isFault && !isRefusalMessage(text) && !isBlockedWorkerMessage(text)) faults.push(text);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const isOurs = request.url().startsWith(url) || request.url().startsWith('blob:');
    if (!isOurs) faults.push(`asked another host: ${request.url()}`);
  });
  await page.goto(url);
  const seen = (text: string) => page.locator('#page').getByText(text).and(page.locator(':not([role=status])')).first();
  const choose: Visitor['choose'] = (name, bytes, mimeType = 'text/plain') =>
    chooseFiles(page, { name, mimeType, buffer: Buffer.from(bytes) });
  return {
    page,
    faults,
    choose,
    give: (...file) => giveUnlessRefused(page, () => choose(...file)),
    paste: async (...names) => {
      // The page listens once its catalogue is loaded.
      await page.locator('.stage').waitFor({ state: 'attached' });
      await giveUnlessRefused(page, () => page.evaluate(pasteScript(names)));
    },
    sees: (text) => seen(text).waitFor(),
    button: (name) => page.getByRole('button', { name }),
    save: async () => {
      const started = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Save' }).click();
      const saved = await started;
      const bytes = await readFile(await saved.path());
      return { name: saved.suggestedFilename(), text: bytes.toString(), bytes };
    },
    throwAway: async () => {
      await page.getByRole('button', { name: 'Throw it away' }).click();
      await page.getByRole('button', { name: 'Give another' }).click();
    },
    leave: () => context.close(),
  };
}
