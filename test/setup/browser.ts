import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** Where the browser is, and what it needs from the environment to run there. */
export interface BrowserProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    browser: BrowserProgram | undefined;
  }
}

/** Quiet and alone: no sandbox, because tests may run as root; no QUIC, no updates, no calls home. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium; whoever launches it closes it. */
export async function launchBrowser(): Promise<Browser> {
  const program = inject('browser');
  if (program === undefined)
    throw new Error(
      'No browser is packaged for this machine: set CHROMIUM_PATH to a Chromium of your own.',
    );
  return chromium.launch({
    executablePath: program.path,
    args,
    env: { ...process.env, ...program.env },
  });
}
