/** What stands in somebody's way on the page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** By the rules of axe: WCAG 2.2 AA, whose one rule about targets is off by itself, and good practice. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  // Through the debugger, because the page's policy forbids foreign scripts.
  await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run({ rules: { 'target-size': { enabled: true } } })",
  )) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** How far the page is wider than its window. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}

/** Nothing moves; in a drawing something may, as long as bytes do. */
const isStill = `document.getAnimations().every(({ effect }) => effect.target.closest('svg'))`;

/** Nothing stands in anybody's way, and nothing is to be looked for beside the window; `state` is what is looked at. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  await expect.poll(() => page.evaluate(isStill)).toBe(true);
  const found = {
    state,
    barriers: await accessibilityViolations(page),
    overflow: await horizontalOverflow(page),
  };
  expect(found).toEqual({ state, barriers: [], overflow: 0 });
}
