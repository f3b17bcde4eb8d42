import type { Browser } from 'playwright-core';
import { inject } from 'vitest';
import { type BrowserProgram, launchChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    browser: BrowserProgram | undefined;
  }
}

/** A headless Chromium; whoever launches it closes it. */
export const launchBrowser = (): Promise<Browser> => launchChromium(inject('browser'));
