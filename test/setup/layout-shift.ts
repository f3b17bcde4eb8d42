/** How far things on a page jump without anybody having asked for it (web.dev/cls). */
import type { Page } from 'playwright-core';

/** To be run in the page before its own scripts. */
export const recordShifts = `{
  window.shifts = [0];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries())
      if (!hadRecentInput) window.shifts.push(value);
  }).observe({ type: 'layout-shift', buffered: true });
}`;

/** The worst of them; not their sum, for a test lets lines break and heal within a second. */
export const largestShift = (page: Page): Promise<number> =>
  page.evaluate('Math.max(...window.shifts)');
