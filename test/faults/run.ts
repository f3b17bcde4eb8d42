/**
 * The fault laboratory (`npm run faults`): runs and judges every scenario of a site. Exits with 1 and keeps the history
 * in dist/faults if any count is not 0.
 */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { check, isGood, violationKinds } from './checker.ts';
import { embeddedSite, type SharedServers, type Site, startSharedServers } from './environment.ts';
import { runMutants } from './mutants/run.ts';
import { saveArtifact } from './save-artifacts.ts';
import { type Artifact, runScenario, type Scenario, type ScenarioResult, skipReason } from './scenario-runner.ts';
import { scenarios } from './scenarios.ts';

const help = `npm run faults -- [options]

  --site embedded|servers   SQLite and a disk (default), or PostgreSQL and Ceph with two processes
  --encrypted               with encryption at rest
  --short | --long          as many faults as in CI, or ten times the usual
  --only NAME[,NAME…]       these scenarios: ${scenarios.map(({ name }) => name).join(', ')}
  --points N                so many faults in each
  --seed TEXT               the same plan as that run
  --judge FILE              judges a kept history again
  --mutants [NAME…]         breaks the program on purpose, and expects to find it
`;

/** Violations of a kind that the report names. */
const maxNamed = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    site: { type: 'string', default: 'embedded' },
    encrypted: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    points: { type: 'string' },
    seed: { type: 'string', default: String(Date.now()) },
    judge: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else if (values.judge !== undefined) await judgeAgain(values.judge);
else if (values.mutants) await runAllMutants();
else await runAll();
// A connection of a client that went away may still be open.
process.exit();

async function runAllMutants(): Promise<void> {
  const only = values.only?.split(',') ?? [];
  if (!(await runMutants({ names: positionals, only, seed: values.seed }))) process.exitCode = 1;
}

async function judgeAgain(file: string): Promise<void> {
  const { entries, finalState } = JSON.parse(await readFile(file, 'utf8')) as Artifact;
  const verdict = check(entries, finalState);
  console.log(verdict);
  if (!isGood(verdict)) process.exitCode = 1;
}

async function runAll(): Promise<void> {
  if (positionals.length > 0 || !['embedded', 'servers'].includes(values.site)) {
    process.stderr.write(help);
    process.exitCode = 2;
    return;
  }
  const site = values.site as Site['name'];
  const wanted = values.only?.split(',') ?? scenarios.map(({ name }) => name);
  const chosen = scenarios.filter(({ name, sites }) => wanted.includes(name) && sites.includes(site));
  console.log(`${site}${values.encrypted ? ', encrypted' : ''}, seed ${values.seed}`);
  const servers = site === 'servers' ? await startSharedServers() : undefined;
  if (typeof servers === 'string') return skip('everything', servers);
  try {
    for (const scenario of chosen) await runOne(scenario, servers);
  } finally {
    await servers?.stop();
  }
}

async function runOne(scenario: Scenario, servers: SharedServers | undefined): Promise<void> {
  const reason = await skipReason(scenario);
  if (reason !== undefined) return skip(scenario.name, reason);
  const site = await (servers ? servers.newSite(values.encrypted) : embeddedSite(values.encrypted));
  try {
    await report(
      scenario,
      await runScenario(scenario, {
        site,
        seed: values.seed,
        points: pointsOf(scenario),
        runOptions: {},
      }),
    );
  } finally {
    await site.remove();
  }
}

function pointsOf({ points: { short, usual } }: Scenario): number {
  if (values.points !== undefined) return Number(values.points);
  if (values.long) return 10 * usual;
  return values.short ? short : usual;
}

/** In CI every scenario must run. */
function skip(what: string, reason: string): void {
  console.log(`SKIPPED: ${what}: ${reason}.`);
  if (process.env.CI) process.exitCode = 1;
}

async function report(scenario: Scenario, result: ScenarioResult): Promise<void> {
  const { points, gifts, arrivals, verdict, complaints, seconds } = result;
  const counts = violationKinds.map((count) => `${count} ${verdict[count].length}`).join(', ');
  console.log(
    `${scenario.name}: ${points} ${scenario.unit}, ${gifts} gifts, ${arrivals} arrivals, ${seconds.toFixed(0)} s: ${counts}`,
  );
  for (const kind of violationKinds)
    for (const what of verdict[kind].slice(0, maxNamed)) console.log(`  ${kind}: ${what}`);
  for (const complaint of new Set(complaints)) console.log(`  ${complaint}`);
  if (isGood(verdict) && complaints.length === 0) return;
  process.exitCode = 1;
  const file = await saveArtifact(scenario.name, result);
  console.log(`  kept in ${relative(process.cwd(), file)}: --judge judges it again, --seed repeats it`);
}
