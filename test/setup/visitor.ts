/** A person at the page: a browser of their own, with nothing kept from before. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

export interface Visitor {
  readonly page: Page;
  /** What went wrong in the page: errors, and what its policy forbade. */
  readonly faults: string[];
  give(name: string, bytes: string | Uint8Array, mimeType?: string): Promise<void>;
  /** Pastes files, each with its name for a text. */
  paste(...names: string[]): Promise<void>;
  /** Waits for a sentence that can be seen. */
  sees(text: string): Promise<void>;
  button(name: string): Locator;
  /** Saves what has arrived, and reads it. */
  save(): Promise<{ name: string; text: string; bytes: Buffer }>;
  leave(): Promise<void>;
}

/** A refusal is an answer, but Chromium writes every one of them to the console. */
const isRefusal = (text: string) => /^Failed to load resource: .* status of 4\d\d/.test(text);

/** Said when the page asks for its service worker, which most tests do without. */
const isBlocked = (text: string) => text === 'Service Worker registration blocked by Playwright';

export async function openVisitor(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    acceptDownloads: true,
    // What a worker answers cannot be held up or counted by a test.
    serviceWorkers: 'block',
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    const isFault = ['error', 'warning'].includes(message.type());
    const text = message.text();
    if (isFault && !isRefusal(text) && !isBlocked(text)) faults.push(text);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const isOurs = request.url().startsWith(url) || request.url().startsWith('blob:');
    if (!isOurs) faults.push(`asked another host: ${request.url()}`);
  });
  await page.goto(url);
  const seen = (text: string) =>
    page.locator('main').getByText(text).and(page.locator(':not([role=status])')).first();
  return {
    page,
    faults,
    give: (name, bytes, mimeType = 'text/plain') =>
      page.setInputFiles('input[type=file]', { name, mimeType, buffer: Buffer.from(bytes) }),
    paste: (...names) =>
      page.evaluate(`{
        const clipboardData = new DataTransfer();
        for (const name of ${JSON.stringify(names)})
          clipboardData.items.add(new File([name], name, { type: 'text/plain' }));
        window.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
      }`),
    sees: (text) => seen(text).waitFor(),
    button: (name) => page.getByRole('button', { name }),
    save: async () => {
      const started = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Save' }).click();
      const saved = await started;
      const bytes = await readFile(await saved.path());
      return { name: saved.suggestedFilename(), text: bytes.toString(), bytes };
    },
    leave: () => context.close(),
  };
}
