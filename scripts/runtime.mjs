// Which Node.js runs the product: the machine's own when it is new enough, else the one pinned in runtime/.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, isInstalled } from './install.mjs';

/**
 * What Node.js is told when it runs the program. A small young generation from the start, for the reason that main.ts gives. No
 * middle compiler: a service soon has all that counts from the best one, and what the middle one needs while it compiles, a sixth
 * of all memory, never comes back.
 */
export const programFlags = ['--enable-source-maps', '--max-semi-space-size=4', '--no-maglev'];

/** In what environment. By itself glibc would give each of Node.js' threads a heap of its own, and none of them gives back what it had once. */
export const programEnvironment = { MALLOC_ARENA_MAX: '2' };

const floor = '22.12';

/**
 * @param {string} version
 * @param {string} least both like 22.12.0
 */
export function isAtLeast(version, least) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

export const ownIsEnough = isAtLeast(process.versions.node, floor);

/**
 * @param {string} root
 * @returns {{ path: string, version: string }}
 */
export function runtime(root) {
  if (ownIsEnough) return { path: process.execPath, version: process.versions.node };
  const [name, version] = pinned(root);
  const binary = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
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
  if (code !== 0) return code;
  try {
    // The packages hold glibc builds: better to say so here than to fail at the first use.
    execFileSync(runtime(root).path, ['--version'], { stdio: 'ignore' });
    return 0;
  } catch {
    throw new Error(`The Node.js fetched for this machine does not run on it; ${advice}`);
  }
}

const advice = `please install Node.js ${floor} or newer and try again.`;

/**
 * @param {string} root
 * @returns {[name: string, version: string]}
 */
function pinned(root) {
  const { optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'runtime', 'package.json'), 'utf8'),
  );
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${system}-${process.arch}`;
  const version = optionalDependencies[name];
  if (version === undefined)
    throw new Error(
      `Node.js ${process.versions.node} is too old and none is pinned for ${system}-${process.arch}; ${advice}`,
    );
  return [name, version];
}
