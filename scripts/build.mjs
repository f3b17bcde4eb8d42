// Whether dist/ is what the sources say, and making it so. Both halves are built beside the old ones and swapped in
// when both are good; the stamp goes first and comes last, so an interrupted build is never taken for a good one.
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './spawn.mjs';

const single = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vite.config.ts',
];

/** @param {string} root */
const stampOf = (root) => join(root, 'dist', '.built');

const halves = ['server', 'web'];

/** @param {string} root */
export function isBuilt(root) {
  try {
    const isThere = halves.every((half) => existsSync(join(root, 'dist', half)));
    return isThere && readFileSync(stampOf(root), 'utf8') === fingerprint(root);
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
  for (const half of halves) rmSync(join(root, fresh(half)), { recursive: true, force: true });
  const compile = (/** @type {string[]} */ ...args) => run(node, args, { cwd: root, quiet: true });
  const codes = await Promise.all([
    compile(
      'node_modules/typescript/bin/tsc',
      '-p',
      'tsconfig.build.json',
      '--outDir',
      fresh('server'),
    ),
    compile(
      'node_modules/vite/bin/vite.js',
      'build',
      '--outDir',
      join(root, fresh('web')),
      '--emptyOutDir',
    ),
  ]);
  const code = Math.max(...codes);
  if (code === 0) swapIn(root, stamp);
  return code;
}

/** @param {string} half */
const fresh = (half) => `dist/${half}.new`;

/**
 * @param {string} root
 * @param {string} stamp
 */
function swapIn(root, stamp) {
  rmSync(stampOf(root), { force: true });
  for (const half of halves) {
    const place = join(root, 'dist', half);
    rmSync(place, { recursive: true, force: true });
    renameSync(join(root, fresh(half)), place);
  }
  writeFileSync(stampOf(root), stamp);
}

/**
 * Changes when a source is edited, added, removed or renamed: names, sizes and times, without reading any.
 * @param {string} root
 */
function fingerprint(root) {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  for (const path of [...sources.sort(), ...single]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
