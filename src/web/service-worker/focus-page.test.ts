import { expect, it } from 'vitest';
import { focusPage } from './focus-page.ts';

const exchange = 'https://example.org/exchange/';

/** A browser with a number of open pages, and a record of the calls. */
function browserWith(pages: number, address: string) {
  const done: string[] = [];
  const page = (number: number) => ({
    url: `${address}#${number}`,
    focus: async () => done.push(`page ${number} to the front`),
  });
  const clients = {
    matchAll: async () => Array.from({ length: pages }, (_, index) => page(index + 1)),
    openWindow: async (address: string) => void done.push(`${address} opened`),
  };
  return { done, clients: clients as unknown as Parameters<typeof focusPage>[0] };
}

it.each([
  [0, `${exchange} opened`],
  [1, 'page 1 to the front'],
  [2, 'page 1 to the front'],
])('with %i pages open: %s', async (pages, what) => {
  const { done, clients } = browserWith(pages, exchange);
  await focusPage(clients, exchange);
  expect(done).toEqual([what]);
});

it('a page of another path of the host is not focused', async () => {
  const { done, clients } = browserWith(1, 'https://example.org/other/');
  await focusPage(clients, exchange);
  expect(done).toEqual([`${exchange} opened`]);
});
