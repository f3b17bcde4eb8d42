// Installs the packages of a lockfile. A stamp in node_modules holds the lockfile's hash: npm deletes node_modules before it
// installs, so that an interrupted install leaves none.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './spawn.mjs';

/** @param {string} folder */
const stampOf = (folder) => join(folder, 'node_modules', '.installed');

/**
 * Whether node_modules has what the lockfile lists.
 * @param {string} folder the one that holds package.json
 */
export function isInstalled(folder) {
  try {
    if (readFileSync(stampOf(folder), 'utf8') !== lockfileHash(folder)) return false;
    const installed = readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8');
    return Object.keys(JSON.parse(installed).packages).every((place) =>
      existsSync(join(folder, place, 'package.json')),
    );
  } catch {
    return false;
  }
}

/**
 * @param {string} folder
 * @returns {Promise<number>} npm's exit code
 */
export async function install(folder) {
  const stamp = lockfileHash(folder);
  // Without --include=dev, NODE_ENV=production would leave out what the build needs.
  const args = ['ci', '--prefix', folder, '--include=dev', '--loglevel=error'];
  const script = process.env.npm_execpath ?? '';
  const isNpm = basename(script) === 'npm-cli.js';
  const code = await run(isNpm ? process.execPath : 'npm', isNpm ? [script, ...args] : args, {
    cwd: folder,
    quiet: true,
  });
  if (code === 0) writeFileSync(stampOf(folder), stamp);
  return code;
}

/** @param {string} folder */
function lockfileHash(folder) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  return hash.update(readFileSync(join(folder, 'package-lock.json'))).digest('hex');
}
