/** Lines that are slower than ours. */
import type { Page } from 'playwright-core';

/** Slows down what a page sends, to so many bytes a second; what it answers gives the line its speed back. */
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

/** Holds back what a page asks for at such addresses; what it answers lets go of it, and of all that follows. */
export async function holdRequests(page: Page, path: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    await promise;
    await route.fallback();
  });
  return resolve;
}
