import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFault } from './node-version.ts';

const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

it.each(['22.12.0', '22.13.0', '23.0.0', '24.21.0'])('lets Node.js %s pass', (version) => {
  expect(nodeFault(version)).toBeUndefined();
});

it.each(['18.0.0', '20.19.9', '22.11.9', '22.2.0'])('refuses Node.js %s with the floor of package.json', (version) => {
  const floor = engines.node.replace('>=', '');
  expect(nodeFault(version)).toBe(
    `This is Node.js ${version}; please use ${floor} or newer. In a clone, "npm start" brings one along.`,
  );
});
