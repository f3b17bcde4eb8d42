/** The list of one's own exchanges, as a test looks at it. */
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { Visitor } from './visitor.ts';

export const historyOf = ({ page }: Visitor): Locator => page.locator('.mine');

export const historyLinkOf = ({ page }: Visitor): Locator =>
  page.getByRole('link', { name: /^My exchanges/ });

/** The entry of a file that was given, or that came. */
export const entryOf = (one: Visitor, name: string): Locator =>
  historyOf(one).locator('.entry', { hasText: name });

export async function openHistory(one: Visitor): Promise<Locator> {
  await historyLinkOf(one).click();
  const list = historyOf(one);
  await list.waitFor();
  return list;
}

/** Waits until a text can be read somewhere. */
export const waitForText = (place: Locator, text: string): Promise<void> =>
  place.getByText(text).first().waitFor();

/** As if the person had looked at another tab meanwhile. */
export const fireVisibilityChange = ({ page }: Visitor): Promise<unknown> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

/** Waits until something is so; a slow machine takes its time. */
export const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000 });

/** Waits for what is said of the thing that has the focus. */
export const focusedText = ({ page }: Visitor) =>
  eventually(() => page.evaluate('document.activeElement.textContent.trim()'));

/** What the browser keeps, as it lies there. */
export const storedEntries = async ({ page }: Visitor): Promise<object[]> =>
  JSON.parse(await page.evaluate("localStorage.getItem('exchange.entries')"));

/** Writes a list as an earlier visit would have left it. */
export async function storeEntries({ page }: Visitor, entries: readonly object[]): Promise<void> {
  const text = JSON.stringify(JSON.stringify(entries));
  await page.evaluate(`localStorage.setItem('exchange.entries', ${text})`);
  await page.reload();
}

const at = '2026-03-01T12:00:00.000Z';

/** An exchange, to be left in a list. */
export function historyEntry(ticket: string, name: string, more: object = {}): object {
  return {
    key: ticket,
    at,
    exchange: { ticket, gift: { name, size: 1234, kind: 'image' } },
    ...more,
  };
}
