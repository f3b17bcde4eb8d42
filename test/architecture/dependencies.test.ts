/** Minimum versions without known faults, and exact versions in every `package.json`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const packageFile = (...folder: string[]) => JSON.parse(readFileSync(join(root, ...folder, 'package.json'), 'utf8'));

/** Minimum versions of required packages, and of packages that may be missing. */
const required = {
  fastify: '5.8.3',
  '@fastify/static': '10.1.4',
  'file-type': '21.3.2',
};
const optional = {
  '@fastify/busboy': '3.2.6',
  '@fastify/multipart': '10.1.9',
  sharp: '0.35.0',
};

const isInstalled = (name: string) => existsSync(join(root, 'node_modules', name));

/** Compares number by number; a pre-release counts as its release. */
function isAtLeast(version: string, minimum: string): boolean {
  const parts = (text: string) => (text.split('-')[0] ?? '').split('.').map(Number);
  const [actual, least] = [parts(version), parts(minimum)];
  const at = least.findIndex((part, index) => part !== (actual[index] ?? 0));
  return at === -1 || (actual[at] ?? 0) > (least[at] ?? 0);
}

describe('isAtLeast compares versions by number', () => {
  it.each([
    ['5.8.3', '5.8.3', true],
    ['5.10.0', '5.8.3', true],
    ['6.0.0', '5.8.3', true],
    ['5.8.2', '5.8.3', false],
    ['4.99.99', '5.8.3', false],
    ['22.12.0', '22.12', true],
  ])('%s against %s: %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});

describe('no dependency has a version with a known fault', () => {
  const minimums = [...Object.entries(required), ...Object.entries(optional).filter(([name]) => isInstalled(name))];

  it.each(minimums)('%s is at least %s', (name, minimum) => {
    const { version } = packageFile('node_modules', name);
    expect(isAtLeast(version, minimum), `${name} is ${version}`).toBe(true);
  });

  it('SQLite is at least 3.51.3', () => {
    const database = new Database(':memory:');
    const version = database.prepare('select sqlite_version()').pluck().get() as string;
    database.close();
    expect(isAtLeast(version, '3.51.3'), `SQLite is ${version}`).toBe(true);
  });

  it('Node.js is at least 22.12', () => {
    expect(isAtLeast(process.versions.node, '22.12'), process.version).toBe(true);
  });
});

it.each([[[]], [['runtime']]])('package.json in /%s pins every version exactly', (folder) => {
  const { dependencies, devDependencies, optionalDependencies } = packageFile(...folder);
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const loose = versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(`${version}`));
  expect(versions).not.toEqual([]);
  expect(loose).toEqual([]);
});

it.each(['', 'runtime/'])('no package of %j runs a script when it is installed', (folder) => {
  const home = join(import.meta.dirname, '../..', folder);
  expect(readFileSync(join(home, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  expect(readFileSync(join(home, 'package-lock.json'), 'utf8')).not.toContain('"hasInstallScript"');
});
