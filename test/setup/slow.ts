/** Lines that are slower than ours. */
import type { Page } from 'playwright-core';

interface Speed {
  /** Bytes a second; what is not named is as fast as ever. */
  readonly up?: number;
  readonly down?: number;
}

/** Slows a page's line down; what it answers gives it its speed back, also to what is on its way. */
export async function slowDown(page: Page, { up = -1, down = -1 }: Speed) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const set = (uploadThroughput: number, downloadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      uploadThroughput,
      downloadThroughput,
    });
  await set(up, down);
  return async (): Promise<void> => {
    await set(-1, -1);
    await session.detach();
  };
}

/** Holds back what a page asks for at such addresses; what it answers lets go of it, and of all that follows. */
export async function hold(page: Page, path: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    await promise;
    await route.fallback();
  });
  return resolve;
}
