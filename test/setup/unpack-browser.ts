/** Global set-up: provides the browser to the tests. */
import type { TestProject } from 'vitest/node';
import { findBrowser } from './chromium.ts';

export default async function setup(project: TestProject): Promise<void> {
  project.provide('browser', await findBrowser());
}
