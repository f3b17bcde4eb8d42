import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scratchFolder } from '../test/setup/scratch.ts';
import { install, isInstalled } from './install.mjs';

const { place, write } = scratchFolder();

/** A project with one package in a subfolder, which npm installs without the network. */
function writeProject(version = '1.0.0'): void {
  const project = { name: 'project', version: '1.0.0', dependencies: { one: 'file:one' } };
  const link = { resolved: 'one', link: true };
  write('one/package.json', { name: 'one', version });
  write('package.json', project);
  write('package-lock.json', {
    lockfileVersion: 3,
    packages: { '': project, 'node_modules/one': link, one: { version } },
  });
}

it('is up to date until the lockfile changes', async () => {
  writeProject();
  expect(isInstalled(place())).toBe(false);
  expect(await install(place())).toBe(0);
  expect(isInstalled(place())).toBe(true);
  writeProject('1.0.1');
  expect(isInstalled(place())).toBe(false);
});

it('is outdated when a package is missing', async () => {
  writeProject();
  expect(await install(place())).toBe(0);
  rmSync(place('node_modules/one'), { recursive: true });
  expect(isInstalled(place())).toBe(false);
  expect(await install(place())).toBe(0);
  expect(isInstalled(place())).toBe(true);
});
