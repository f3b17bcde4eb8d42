/** The list of one's own exchanges, as a test looks at it. */
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { Stranger } from './visitor.ts';

export const listOf = ({ page }: Stranger): Locator => page.locator('.mine');

export const linkOf = ({ page }: Stranger): Locator =>
  page.getByRole('link', { name: /^My exchanges/ });

/** The entry of a file that was given, or that came. */
export const entryOf = (one: Stranger, name: string): Locator =>
  listOf(one).locator('.entry', { hasText: name });

export async function openList(one: Stranger): Promise<Locator> {
  await linkOf(one).click();
  const list = listOf(one);
  await list.waitFor();
  return list;
}

/** Waits until a text can be read somewhere. */
export const reads = (place: Locator, text: string): Promise<void> =>
  place.getByText(text).first().waitFor();

/** As if the person had looked at another tab meanwhile. */
export const lookAgain = ({ page }: Stranger): Promise<unknown> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

/** Waits until something is so; a slow machine takes its time. */
export const soon = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000 });

/** Waits for what is said of the thing that has the focus. */
export const focused = ({ page }: Stranger) =>
  soon(() => page.evaluate('document.activeElement.textContent.trim()'));

/** What the browser keeps, as it lies there. */
export const keptBy = async ({ page }: Stranger): Promise<object[]> =>
  JSON.parse(await page.evaluate("localStorage.getItem('exchange.entries')"));

/** Writes a list as an earlier visit would have left it. */
export async function leaveList({ page }: Stranger, entries: readonly object[]): Promise<void> {
  const text = JSON.stringify(JSON.stringify(entries));
  await page.evaluate(`localStorage.setItem('exchange.entries', ${text})`);
  await page.reload();
}

const at = '2026-03-01T12:00:00.000Z';

/** An exchange, to be left in a list. */
export function entry(ticket: string, name: string, more: object = {}): object {
  return {
    key: ticket,
    at,
    exchange: { ticket, gift: { name, size: 1234, kind: 'image' } },
    ...more,
  };
}
