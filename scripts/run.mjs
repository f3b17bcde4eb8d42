// One door to everything npm does here: `node scripts/run.mjs <verb> [arguments]`. It makes ready what the verb needs
// (packages, a Node.js that is new enough, the build) and does nothing that is done already, so that a second start is
// quick. It is plain JavaScript, because the machine's own Node.js may be one that cannot run the rest.
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import {
  fetchRuntime,
  isAtLeast,
  isFetched,
  programEnvironment,
  programFlags,
  runtime,
} from './runtime.mjs';
import { run } from './spawn.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @typedef {{ builds: boolean, commands: () => string[][] }} Verb what it needs, and what the chosen Node.js is told */

const tsc = 'node_modules/typescript/bin/tsc';

/** The page has types of its own, a browser's, and so has its worker. */
const projects = ['.', 'src/web', 'src/web/service-worker'];

/** @type {Record<string, Verb>} */
const verbs = {
  start: { builds: true, commands: () => [[...programFlags, 'dist/server/main.js']] },
  test: { builds: true, commands: () => [['node_modules/vitest/vitest.mjs', 'run']] },
  build: { builds: true, commands: () => [] },
  lint: { builds: false, commands: () => [['node_modules/@biomejs/biome/bin/biome', 'check']] },
  types: { builds: false, commands: () => projects.map((project) => [tsc, '-p', project]) },
  docs: { builds: false, commands: () => [[...stripTypes(), 'scripts/docs.ts']] },
  pictures: { builds: true, commands: () => [[...stripTypes(), 'scripts/pictures.ts']] },
  icons: { builds: false, commands: () => [[...stripTypes(), 'scripts/icons.ts']] },
  fuzz: { builds: true, commands: () => [[...stripTypes(), 'test/fuzz/run.ts']] },
  faults: { builds: true, commands: () => [[...stripTypes(), 'test/faults/run.ts']] },
  bench: { builds: true, commands: () => [stripTypes()] },
};

const [name = '', ...args] = process.argv.slice(2);
try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main() {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined)
    throw new Error(`There is no verb "${name}"; there are ${Object.keys(verbs).join(', ')}.`);
  const missing = await prepare(verb);
  if (missing !== 0) return missing;
  const { path } = runtime(root);
  // What the verb starts in its turn finds the same Node.js.
  const PATH = `${dirname(path)}${delimiter}${process.env.PATH ?? ''}`;
  const env = { ...(name === 'start' && programEnvironment), ...process.env, PATH };
  for (const command of verb.commands()) {
    const code = await run(path, [...command, ...args], { cwd: root, env });
    if (code !== 0) return code;
  }
  return 0;
}

/** @param {Verb} verb */
async function prepare(verb) {
  const steps = [
    {
      isDone: () => isInstalled(root),
      work: () => install(root),
      about: 'Installing the packages that the lockfile names',
    },
    {
      isDone: () => isFetched(root),
      work: () => fetchRuntime(root),
      about: `Fetching Node.js ${runtime(root).version}, as this machine has ${process.versions.node}`,
    },
    {
      isDone: () => !verb.builds || isBuilt(root),
      work: () => build(root, runtime(root).path),
      about: 'Building',
    },
  ];
  if (steps.every(({ isDone }) => isDone())) return 0;
  const wait = (/** @type {number} */ owner) =>
    say(`Waiting for process ${owner}, which is installing or building here …`);
  return withLock(
    join(root, 'dist', '.lock'),
    async () => {
      for (const { isDone, work, about } of steps) {
        if (isDone()) continue;
        say(`${about} …`);
        const code = await work();
        if (code !== 0) {
          say(`${about} failed.`);
          return code;
        }
      }
      return 0;
    },
    wait,
  );
}

/** Node.js strips types by itself since 22.18 and 23.6; before, it wants to be asked. */
function stripTypes() {
  const { version } = runtime(root);
  const since = version.startsWith('22.') ? '22.18' : '23.6';
  return isAtLeast(version, since)
    ? []
    : ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
}

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}
