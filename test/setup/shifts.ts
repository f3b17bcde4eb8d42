/** How far things on a page jump without anybody having asked for it: cumulative layout shift, as web.dev/cls defines it. */
import type { Page } from 'playwright-core';

/** To be run in the page before its own scripts. */
export const watchShifts = `{
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, startTime, value } of list.getEntries())
      if (!hadRecentInput) window.shifts.push({ startTime, value });
  }).observe({ type: 'layout-shift', buffered: true });
}`;

interface Shift {
  readonly startTime: number;
  readonly value: number;
}

/** A window of shifts ends after a second of rest, or five seconds, in milliseconds. */
const rest = 1_000;
const longest = 5_000;

/** The worst window of them. */
export async function shiftOf(page: Page): Promise<number> {
  const shifts = (await page.evaluate('window.shifts')) as Shift[];
  let [worst, sum, first, last] = [0, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { startTime, value } of shifts) {
    if (startTime - last > rest || startTime - first > longest) [sum, first] = [0, startTime];
    last = startTime;
    sum += value;
    worst = Math.max(worst, sum);
  }
  return worst;
}
