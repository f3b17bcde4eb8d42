/** The people at the page, for a test file: one browser for all of them, and everybody leaves when their test ends. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { type Stranger, visit } from './visitor.ts';

export interface Company {
  /** Somebody new at the page of a service; the page runs a script of the test's before its own. */
  welcome(url: string, options?: BrowserContextOptions, script?: string): Promise<Stranger>;
}

/** What a test breaks on purpose is no fault of the page: lines above all. */
const isOfTheCut = (fault: string) => /net::ERR_|status of 50[37]/.test(fault);

export function company(): Company {
  let browser: Browser;
  let guests: Stranger[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    const leaving = guests;
    guests = [];
    for (const one of leaving) await one.leave();
    const faults = leaving.flatMap((one) => one.faults);
    expect(faults.filter((fault) => !isOfTheCut(fault))).toEqual([]);
  });
  return {
    welcome: async (url, options = {}, script) => {
      const stranger = await visit(browser, url, options);
      guests.push(stranger);
      if (script !== undefined) {
        await stranger.page.addInitScript(script);
        await stranger.page.reload();
      }
      return stranger;
    },
  };
}

/** In the hand: a small window, a finger, and a browser that says so. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

export const desk: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
