#!/usr/bin/env node
/** Loads the program on a Node.js that can run it. An older one would crash in a package. */
import { nodeFault } from './app/node-version.ts';

const fault = nodeFault(process.versions.node);
if (fault === undefined) await import('./command-line.ts');
else {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
