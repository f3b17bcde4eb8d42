/** Gives the tests a browser, before any of them runs. */
import type { TestProject } from 'vitest/node';
import { findBrowser } from './chromium.ts';

export default async function setup(project: TestProject): Promise<void> {
  project.provide('browser', await findBrowser());
}
