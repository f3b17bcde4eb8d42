import type { Browser } from 'playwright-core';
import { inject } from 'vitest';
import { type BrowserProgram, launchChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    browser: BrowserProgram | undefined;
  }
}

/** Launches a headless Chromium, which the caller closes. */
export const launchBrowser = (): Promise<Browser> => launchChromium(inject('browser'));
