import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { scratchFolder } from '../test/setup/scratch.ts';
import { build, isBuilt } from './build.mjs';

const home = join(import.meta.dirname, '..');
const { place, write } = scratchFolder();

/** The real compilers with their settings, on two small sources. */
beforeEach(() => {
  const settings = ['tsconfig.json', 'vite.config.ts', 'vite.server.config.ts'];
  for (const name of ['package.json', 'package-lock.json', ...settings]) cpSync(join(home, name), place(name));
  symlinkSync(join(home, 'node_modules'), place('node_modules'));
  write('src/main.ts', 'export const one = 1;\n');
  write('src/inspection/workers/file-worker.ts', 'console.log(1);\n');
  write('src/web/index.html', '<!doctype html><title>One</title>');
  write('src/web/desk.html', '<!doctype html><title>Two</title>');
  write('src/web/service-worker/main.ts', 'declare const VERSION: string;\nconsole.log(VERSION);\n');
});

const make = () => build(place(), process.execPath);
const made = (half: string) => readdirSync(place(`dist/${half}`)).sort();
const server = ['file-worker.js', 'file-worker.js.map', 'main.js', 'main.js.map'];

it('builds both halves, once', async () => {
  expect(isBuilt(place())).toBe(false);
  expect(await make()).toBe(0);
  expect(isBuilt(place())).toBe(true);
  expect(made('server')).toEqual(server);
  const sent = ['desk.html', 'index.html', 'sw.js'].flatMap((name) => [name, `${name}.br`, `${name}.gz`]);
  expect(made('web')).toEqual(sent);
  expect(made('')).toEqual(['.built', 'server', 'web']);
});

it('compresses files at the root of the page, but no pictures', async () => {
  const picture = '<svg xmlns="http://www.w3.org/2000/svg"></svg>\n'.repeat(99);
  write('src/web/public/favicon.svg', picture);
  write('src/web/public/icons/icon.png', 'a picture');
  expect(await make()).toBe(0);
  expect(made('web/icons')).toEqual(['icon.png']);
  const [gzip, brotli] = ['gz', 'br'].map((end) => readFileSync(place(`dist/web/favicon.svg.${end}`)));
  expect(gunzipSync(gzip as Buffer).toString()).toBe(picture);
  expect(brotliDecompressSync(brotli as Buffer).toString()).toBe(picture);
});

it('gives the service worker of each page a different name', async () => {
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
  ['added', () => write('src/two.ts', 'export const two = 2;\n')],
  ['removed', () => rmSync(place('src/main.ts'))],
])('is outdated when a source is %s', async (_how, change) => {
  expect(await make()).toBe(0);
  change();
  expect(isBuilt(place())).toBe(false);
});

it('is not outdated by another time of a source', async () => {
  expect(await make()).toBe(0);
  utimesSync(place('src/main.ts'), 1, 1);
  expect(isBuilt(place())).toBe(true);
});

it('is not outdated by a new test', async () => {
  expect(await make()).toBe(0);
  write('src/main.test.ts', '');
  expect(isBuilt(place())).toBe(true);
});

it('is outdated when a half is missing', async () => {
  expect(await make()).toBe(0);
  rmSync(place('dist/web'), { recursive: true });
  expect(isBuilt(place())).toBe(false);
});

it('drops the output of a removed source', async () => {
  write('src/two.ts', 'export const two = 2;\n');
  expect(await make()).toBe(0);
  rmSync(place('src/two.ts'));
  expect(await make()).toBe(0);
  expect(made('server')).toEqual(server);
});

it('keeps the old build when it fails, and discards its partial output', async () => {
  expect(await make()).toBe(0);
  write('src/main.ts', 'export const one = ;\n');
  expect(await make()).not.toBe(0);
  expect(made('server')).toEqual(server);
  expect(isBuilt(place())).toBe(false);
  write('src/main.ts', 'export const one = 111;\n');
  expect(await make()).toBe(0);
  expect(made('server')).toEqual(server);
});
