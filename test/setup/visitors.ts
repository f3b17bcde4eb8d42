/** Visitors of the page for the tests of a file: one browser for all, a context for each, closed after its test. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { type Service, startService } from './service.ts';
import { openVisitor, type Visitor } from './visitor.ts';

export interface VisitorsOptions {
  /** `per-test` starts a service for each test; with `by-test` each visit names its URL. */
  readonly serve?: 'per-test' | 'by-test';
  /** Settings of the services started per test, or how to choose them for each. */
  readonly settings?: Readonly<Record<string, string>> | (() => Promise<Readonly<Record<string, string>>>);
  /** Faults of a page that do not fail the test. */
  readonly isExpected?: (fault: string) => boolean;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Default: the URL of the test's service. */
  readonly url?: string;
  /** Runs in the page before its own scripts. */
  readonly script?: string;
}

export interface Visitors {
  /** The service of the running test. */
  readonly service: Service;
  readonly url: string;
  visit(this: void, options?: VisitOptions): Promise<Visitor>;
}

/** Registers the hooks. A test fails if one of its pages has an unexpected fault. */
export function createVisitors({
  serve = 'per-test',
  settings,
  isExpected = () => false,
}: VisitorsOptions = {}): Visitors {
  let browser: Browser | undefined;
  let service: Service | undefined;
  let open: Visitor[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    if (serve === 'per-test')
      service = await startService(typeof settings === 'function' ? await settings() : settings);
  });
  afterEach(async () => {
    const faults = open.flatMap((visitor) => visitor.faults);
    for (const visitor of open) await visitor.leave();
    open = [];
    await service?.stop();
    expect(faults.filter((fault) => !isExpected(fault))).toEqual([]);
  });

  const visitors: Visitors = {
    get service() {
      return service as Service;
    },
    get url() {
      return visitors.service.url;
    },
    visit: async ({ url = visitors.url, script, ...options } = {}) => {
      const visitor = await openVisitor(browser as Browser, url, options);
      open.push(visitor);
      if (script !== undefined) {
        await visitor.page.addInitScript(script);
        await visitor.page.reload();
      }
      return visitor;
    },
  };
  return visitors;
}

/** True for the console message of a connection that a test has broken, or a service that it has stopped. */
export const isConnectionFault = (fault: string): boolean => /net::ERR_|status of 50[37]/.test(fault);

export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
