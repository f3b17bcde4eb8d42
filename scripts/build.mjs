// Builds both halves of dist/ beside the old ones and swaps them in if both are good. The stamp is removed first and written
// last, so that an interrupted build does not pass for a good one.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './spawn.mjs';

const inputs = ['package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', 'vite.server.config.ts'];
const halves = ['server', 'web'];

/** @param {string} root */
const stampOf = (root) => join(root, 'dist', '.built');

/** @param {string} root */
export function isBuilt(root) {
  try {
    return hasBuild(root) && readFileSync(stampOf(root), 'utf8') === fingerprint(root);
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {string} node the Node.js to build with
 * @returns {Promise<number>} an exit code
 */
export async function build(root, node) {
  // Taken before the build: a source that changes meanwhile makes the next start build again.
  const stamp = fingerprint(root);
  const fresh = (/** @type {string} */ half) => join(root, 'dist', `${half}.new`);
  for (const half of halves) rmSync(fresh(half), { recursive: true, force: true });
  const vite = (/** @type {string[]} */ ...args) =>
    run(node, ['node_modules/vite/bin/vite.js', 'build', ...args, '--emptyOutDir'], { cwd: root, quiet: true });
  const codes = await Promise.all([
    vite('--config', 'vite.server.config.ts', '--outDir', fresh('server')),
    vite('--outDir', fresh('web')),
  ]);
  const code = Math.max(...codes);
  if (code !== 0) return code;
  rmSync(stampOf(root), { force: true });
  for (const half of halves) {
    const place = join(root, 'dist', half);
    rmSync(place, { recursive: true, force: true });
    renameSync(fresh(half), place);
  }
  writeFileSync(stampOf(root), stamp);
  return 0;
}

/**
 * Whether there is a build, of whatever sources.
 * @param {string} root
 */
export const hasBuild = (root) => halves.every((half) => existsSync(join(root, 'dist', half)));

/**
 * Changes when a source is edited, added, removed or renamed. Times do not count: copies and images round or replace them.
 * @param {string} root
 */
function fingerprint(root) {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  for (const path of [...sources.sort(), ...inputs]) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
