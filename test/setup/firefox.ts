/** Firefox for the tests: Debian's, driven with WebDriver BiDi, which needs no driver program. */
import { type Browser, launch, type Page } from 'puppeteer-core';
import { findProgram, missingReason } from './packages.ts';

/** Named as its Debian package. */
const program = 'firefox-esr';

/** Installs Firefox if it is missing. Resolves with the reason if that is impossible. */
export const missingFirefox = (): Promise<string | undefined> => missingReason({ [program]: program });

/** Launches a headless Firefox, which the caller closes. It saves downloads in a folder and does not ask. */
export const launchFirefox = (downloads: string): Promise<Browser> =>
  launch({
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath: findProgram(program) ?? program,
    extraPrefsFirefox: {
      'browser.download.dir': downloads,
      'browser.download.folderList': 2,
      'intl.accept_languages': 'en',
    },
  });

/** Opens an address in a window without stored data. */
export async function openWindow(browser: Browser, url: string): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  return page;
}
