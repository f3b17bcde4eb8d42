import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { scratchFolder } from '../test/setup/scratch.ts';
import { build, isBuilt } from './build.mjs';

const home = join(import.meta.dirname, '..');
const { place, write } = scratchFolder();

/** The real compilers and their settings, over two small sources. */
beforeEach(() => {
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'vite.config.ts'];
  for (const name of ['package.json', 'package-lock.json', ...settings])
    cpSync(join(home, name), place(name));
  symlinkSync(join(home, 'node_modules'), place('node_modules'));
  write('src/main.ts', 'export const one = 1;\n');
  write('src/web/index.html', '<!doctype html><title>One</title>');
  write(
    'src/web/service-worker/main.ts',
    'declare const VERSION: string;\nconsole.log(VERSION);\n',
  );
});

const make = () => build(place(), process.execPath);
const made = (half: string) => readdirSync(place(`dist/${half}`)).sort();
const server = ['main.js', 'main.js.map'];

it('is done once, both halves', async () => {
  expect(isBuilt(place())).toBe(false);
  expect(await make()).toBe(0);
  expect(isBuilt(place())).toBe(true);
  expect(made('server')).toEqual(server);
  const sent = ['index.html', 'sw.js'].flatMap((name) => [name, `${name}.br`, `${name}.gz`]);
  expect(made('web')).toEqual(sent);
  expect(made('')).toEqual(['.built', 'server', 'web']);
});

it('compresses what lies at the root of the page too, and no pictures', async () => {
  const picture = '<svg xmlns="http://www.w3.org/2000/svg"></svg>\n'.repeat(99);
  write('src/web/public/favicon.svg', picture);
  write('src/web/public/icons/icon.png', 'a picture');
  expect(await make()).toBe(0);
  expect(made('web/icons')).toEqual(['icon.png']);
  const [gzip, brotli] = ['gz', 'br'].map((end) =>
    readFileSync(place(`dist/web/favicon.svg.${end}`)),
  );
  expect(gunzipSync(gzip as Buffer).toString()).toBe(picture);
  expect(brotliDecompressSync(brotli as Buffer).toString()).toBe(picture);
});

it('gives the worker of each page a name of its own', async () => {
  const worker = () => readFileSync(place('dist/web/sw.js'), 'utf8');
  write('src/web/index.html', '<!doctype html><script type="module" src="./page.ts"></script>');
  write('src/web/page.ts', 'console.log(1);\n');
  expect(await make()).toBe(0);
  const first = worker();
  expect(first).not.toContain('VERSION');
  write('src/web/page.ts', 'console.log(2);\n');
  expect(await make()).toBe(0);
  expect(worker()).not.toBe(first);
});

it.each([
  ['edited', () => write('src/main.ts', 'export const one = 11;\n')],
  ['touched', () => utimesSync(place('src/main.ts'), 1, 1)],
  ['added', () => write('src/two.ts', 'export const two = 2;\n')],
  ['removed', () => rmSync(place('src/main.ts'))],
])('is done again when a source is %s', async (_how, change) => {
  expect(await make()).toBe(0);
  change();
  expect(isBuilt(place())).toBe(false);
});

it('is not done again for a test', async () => {
  expect(await make()).toBe(0);
  write('src/main.test.ts', '');
  expect(isBuilt(place())).toBe(true);
});

it('is done again when half of it is gone', async () => {
  expect(await make()).toBe(0);
  rmSync(place('dist/web'), { recursive: true });
  expect(isBuilt(place())).toBe(false);
});

it('drops what a removed source had become', async () => {
  write('src/two.ts', 'export const two = 2;\n');
  expect(await make()).toBe(0);
  rmSync(place('src/two.ts'));
  expect(await make()).toBe(0);
  expect(made('server')).toEqual(server);
});

it('leaves the old build alone when it fails, and forgets what it had made by then', async () => {
  expect(await make()).toBe(0);
  write('src/two.ts', 'export const two: string = 2;\n');
  expect(await make()).not.toBe(0);
  expect(made('server')).toEqual(server);
  expect(isBuilt(place())).toBe(false);
  rmSync(place('src/two.ts'));
  write('src/main.ts', 'export const one = 111;\n');
  expect(await make()).toBe(0);
  expect(made('server')).toEqual(server);
});
