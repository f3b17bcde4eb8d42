// Which Node.js runs the product: the machine's own if it is new enough, else the one pinned in runtime/.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, isInstalled } from './install.mjs';

/**
 * Flags of Node.js for the service. garbage-collection.ts explains the small young generation. Without the middle compiler (Maglev) the
 * service needs a sixth less memory, and is as fast after its start.
 */
export const programFlags = ['--max-semi-space-size=8', '--no-maglev'];

/** Its environment. glibc would give each thread of Node.js a heap of its own and return none of that memory. */
export const programEnvironment = { MALLOC_ARENA_MAX: '2' };

const minVersion = '22.12';
const advice = `please install Node.js ${minVersion} or newer and try again.`;

/**
 * @param {string} version
 * @param {string} minimum both like 22.12.0
 */
export function isAtLeast(version, minimum) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = minimum.split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

const ownIsEnough = isAtLeast(process.versions.node, minVersion);

/**
 * @param {string} root
 * @returns {{ path: string, version: string }}
 */
export function runtime(root) {
  if (ownIsEnough) return { path: process.execPath, version: process.versions.node };
  const manifest = readFileSync(join(root, 'runtime', 'package.json'), 'utf8');
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${system}-${process.arch}`;
  const version = JSON.parse(manifest).optionalDependencies[name];
  if (version === undefined)
    throw new Error(
      `Node.js ${process.versions.node} is too old and none is pinned for ${system}-${process.arch}; ${advice}`,
    );
  const binary = system === 'win' ? 'bin/node.exe' : 'bin/node';
  return { path: join(root, 'runtime', 'node_modules', name, binary), version };
}

/** @param {string} root */
export const isFetched = (root) =>
  ownIsEnough || (isInstalled(join(root, 'runtime')) && existsSync(runtime(root).path));

/**
 * @param {string} root
 * @returns {Promise<number>} an exit code
 */
export async function fetchRuntime(root) {
  const code = await install(join(root, 'runtime'));
  // The packages hold glibc builds, which do not run everywhere.
  if (code === 0 && spawnSync(runtime(root).path, ['--version']).status !== 0)
    throw new Error(`The Node.js fetched for this machine does not run on it; ${advice}`);
  return code;
}
