// Whether node_modules is what the lockfile says, and making it so. A stamp, written after an install that went well,
// holds the lockfile's hash; npm clears node_modules before it installs, so an interrupted install leaves no stamp.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './spawn.mjs';

/** @param {string} folder */
const stampOf = (folder) => join(folder, 'node_modules', '.installed');

/** @param {string} folder the one that holds package.json */
export function isInstalled(folder) {
  try {
    return readFileSync(stampOf(folder), 'utf8') === wanted(folder) && isWhole(folder);
  } catch {
    return false;
  }
}

/**
 * @param {string} folder
 * @returns {Promise<number>} npm's exit code
 */
export async function install(folder) {
  const stamp = wanted(folder);
  const [program, ...first] = npm();
  // Without --include=dev, NODE_ENV=production would leave out what the build needs.
  const args = [...first, 'ci', '--prefix', folder, '--include=dev', '--loglevel=error'];
  const code = await run(program, args, { cwd: folder, quiet: true });
  if (code === 0) writeFileSync(stampOf(folder), stamp);
  return code;
}

/** @param {string} folder */
function wanted(folder) {
  const lockfile = readFileSync(join(folder, 'package-lock.json'));
  return createHash('sha256')
    .update(`${process.platform} ${process.arch}\n`)
    .update(lockfile)
    .digest('hex');
}

/**
 * Whether every package that npm noted down is still there.
 * @param {string} folder
 */
function isWhole(folder) {
  const notes = readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8');
  return Object.keys(JSON.parse(notes).packages).every((place) =>
    existsSync(join(folder, place, 'package.json')),
  );
}

/**
 * The npm that runs us, else the one on the path.
 * @returns {[string, ...string[]]}
 */
function npm() {
  const script = process.env.npm_execpath;
  const isNpm = script !== undefined && basename(script) === 'npm-cli.js';
  return isNpm ? [process.execPath, script] : ['npm'];
}
