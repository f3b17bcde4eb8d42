/** Layout shifts without recent input (web.dev/cls). */
import type { Page } from 'playwright-core';

/** Runs in the page before its own scripts. */
export const recordShifts = `{
  window.shifts = [0];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries())
      if (!hadRecentInput) window.shifts.push(value);
  }).observe({ type: 'layout-shift', buffered: true });
}`;

/** The largest one. Not the sum: a test breaks and restores connections within a second. */
export const largestShift = (page: Page): Promise<number> => page.evaluate('Math.max(...window.shifts)');

/** The headline leaves with the start page, by the visitor's own choice of a file. */
export const forgetShifts = (page: Page): Promise<unknown> => page.evaluate('window.shifts = [0]');
