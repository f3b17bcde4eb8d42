// Runs a program (`node scripts/run.mjs [--build] [PROGRAM [ARGUMENTS]]`) after installing packages, Node.js and build where
// they are missing. Plain JavaScript, as the machine's own Node.js may know no TypeScript.
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { build, hasBuild, isBuilt } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import * as node from './runtime.mjs';
import { run } from './spawn.mjs';

const root = join(import.meta.dirname, '..');
const service = 'dist/server/main.js';

const needsBuild = process.argv[2] === '--build';
const [program, ...args] = process.argv.slice(needsBuild ? 3 : 2);
try {
  process.exitCode = (await prepare()) || (program === undefined ? 0 : await runProgram(program));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @param {string} program */
function runProgram(program) {
  const { path, version } = node.runtime(root);
  // Children find the same Node.js.
  const PATH = `${dirname(path)}${delimiter}${process.env.PATH ?? ''}`;
  const isService = program === service;
  const env = { ...(isService && node.programEnvironment), ...process.env, PATH };
  const flags = isService ? node.programFlags : program.endsWith('.ts') ? typeFlags(version) : [];
  return run(path, [...flags, program, ...args], { cwd: root, env });
}

/**
 * Node.js strips types by default since 22.18 and 23.6.
 * @param {string} version
 */
function typeFlags(version) {
  if (node.isAtLeast(version, version.startsWith('22.') ? '22.18' : '23.6')) return [];
  return ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
}

async function prepare() {
  const isWritable = canWrite(root) && canWrite(join(root, 'dist'));
  const steps = [
    {
      isDone: () => isInstalled(root) || (!isWritable && existsSync(join(root, 'node_modules'))),
      work: () => install(root),
      about: 'Installing the packages that the lockfile names',
    },
    {
      isDone: () => node.isFetched(root),
      work: () => node.fetchRuntime(root),
      about: `Fetching Node.js ${node.runtime(root).version}, as this machine has ${process.versions.node}`,
    },
    {
      isDone: () => !needsBuild || isBuilt(root) || (!isWritable && hasBuild(root)),
      work: () => build(root, node.runtime(root).path),
      about: 'Building',
    },
  ];
  const doAll = async () => {
    for (const { isDone, work, about } of steps) {
      if (isDone()) continue;
      say(`${about} …`);
      const code = await work();
      if (code !== 0) say(`${about} failed.`);
      if (code !== 0) return code;
    }
    return 0;
  };
  if (steps.every(({ isDone }) => isDone())) return 0;
  if (!isWritable) throw new Error(`There is no build in ${root}, and nothing can be written there; build it before.`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  return withLock(join(root, 'dist', '.lock'), doAll, (owner) =>
    say(`Waiting for process ${owner}, which is installing or building here …`),
  );
}

/**
 * Whether a folder can be written, or is missing and can be made.
 * @param {string} folder
 */
function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
  }
}

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}
