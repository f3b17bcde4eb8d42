/** Accessibility of the page by the rules of axe. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Returns violations of WCAG 2.2 AA, `target-size` included, and of best practices. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  // Evaluate by the debugger: the content security policy forbids foreign scripts.
  await page.evaluate(axe);
  const actual = (await page.evaluate("axe.run({ rules: { 'target-size': { enabled: true } } })")) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return actual.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Pixels by which the page is wider than its window. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** No animation runs, except in drawings during a transfer. */
const isWithoutMotion = `document.getAnimations().every(({ effect }) => effect.target.closest('svg'))`;

/** Waits for the end of all animations: colours and sizes in between are those of no state. */
export const untilStill = (page: Page): Promise<void> => expect.poll(() => page.evaluate(isWithoutMotion)).toBe(true);

/** Expects no violation and no horizontal overflow; `state` names the state in the error message. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  await untilStill(page);
  const actual = {
    state,
    barriers: await accessibilityViolations(page),
    overflow: await horizontalOverflow(page),
  };
  expect(actual).toEqual({ state, barriers: [], overflow: 0 });
}
