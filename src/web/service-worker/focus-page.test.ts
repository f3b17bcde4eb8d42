import { expect, it } from 'vitest';
import { focusPage } from './focus-page.ts';

/** A browser with a number of open pages, and a record of the calls. */
function browserWith(pages: number) {
  const done: string[] = [];
  const page = (number: number) => ({
    focus: async () => done.push(`page ${number} to the front`),
  });
  const clients = {
    matchAll: async () => Array.from({ length: pages }, (_, index) => page(index + 1)),
    openWindow: async (address: string) => void done.push(`${address} opened`),
  };
  return { done, clients: clients as unknown as Parameters<typeof focusPage>[0] };
}

it.each([
  [0, '/ opened'],
  [1, 'page 1 to the front'],
  [2, 'page 1 to the front'],
])('with %i pages open: %s', async (pages, what) => {
  const { done, clients } = browserWith(pages);
  await focusPage(clients);
  expect(done).toEqual([what]);
});
