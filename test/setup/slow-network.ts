/** Slow networks. */
import type { Page } from 'playwright-core';

/** Limits the uploads of a page, in bytes per second; the returned function removes the limit. */
export async function throttleUploads(page: Page, bytes: number): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const set = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      uploadThroughput,
      downloadThroughput: -1,
    });
  await set(bytes);
  return async () => {
    await set(-1);
    await session.detach();
  };
}

/** Holds requests to matching paths; the returned function releases them and all later ones. */
export async function holdRequests(page: Page, path: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    await promise;
    await route.fallback();
  });
  return resolve;
}
