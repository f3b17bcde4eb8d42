/** A service that each test of a file has anew, and guests at its page, in one browser for all of them. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { type Service, startService } from './service.ts';
import { type Stranger, visit } from './visitor.ts';

export interface House {
  /** Of the test that runs. */
  readonly service: Service;
  readonly url: string;
  /** Somebody at the page, who leaves when the test is over. */
  guest(this: void, options?: BrowserContextOptions, url?: string): Promise<Stranger>;
}

/** Opens it for the tests of a file. One in whose page something goes wrong fails, unless that is meant to. */
export function receiveGuests(isMeant: (fault: string) => boolean = () => false): House {
  let browser: Browser | undefined;
  let service: Service | undefined;
  let guests: Stranger[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(async () => {
    const faults = guests.flatMap((one) => one.faults);
    for (const one of guests) await one.leave();
    guests = [];
    await service?.stop();
    expect(faults.filter((fault) => !isMeant(fault))).toEqual([]);
  });

  const house: House = {
    get service() {
      return service as Service;
    },
    get url() {
      return house.service.url;
    },
    guest: async (options, url = house.url) => {
      const stranger = await visit(browser as Browser, url, options);
      guests.push(stranger);
      return stranger;
    },
  };
  return house;
}
