/** Helpers for the history view. */
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { Visitor } from './visitor.ts';

export const historyOf = ({ page }: Visitor): Locator => page.locator('.mine');

export const historyLinkOf = ({ page }: Visitor): Locator => page.getByRole('link', { name: /^My exchanges/ });

/** The entry of a gift or a delivery, by its file name. */
export const entryOf = (one: Visitor, name: string): Locator => historyOf(one).locator('.entry', { hasText: name });

export async function openHistory(one: Visitor): Promise<Locator> {
  await historyLinkOf(one).click();
  const list = historyOf(one);
  await list.waitFor();
  return list;
}

/** Waits for a text within an element. */
export const waitForText = (element: Locator, text: string): Promise<void> => element.getByText(text).first().waitFor();

/** As if the visitor had returned from another tab. */
export const fireVisibilityChange = ({ page }: Visitor): Promise<unknown> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

/** Polls until the expectation holds; slow machines need time. */
export const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });

/** Expects the text of the focused element. */
export const focusedText = ({ page }: Visitor) =>
  eventually(() => page.evaluate('document.activeElement.textContent.trim()'));

/** The entries in `localStorage`. */
export const storedEntries = async ({ page }: Visitor): Promise<object[]> =>
  JSON.parse(await page.evaluate("localStorage.getItem('exchange.entries')"));

/** Stores entries as an earlier visit would have. */
export async function storeEntries({ page }: Visitor, entries: readonly object[]): Promise<void> {
  const text = JSON.stringify(JSON.stringify(entries));
  await page.evaluate(`localStorage.setItem('exchange.entries', ${text})`);
  await page.reload();
}

const at = '2026-03-01T12:00:00.000Z';

/** An entry for `storeEntries`. */
export function historyEntry(ticket: string, name: string, more: object = {}): object {
  return {
    key: ticket,
    at,
    exchange: { ticket, gift: { name, size: 1234, kind: 'image' } },
    ...more,
  };
}
