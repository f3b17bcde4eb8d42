/**
 * Mutation testing of the laboratory: each mutant must be caught by a scenario. The unchanged program (`original`) runs
 * first and must pass.
 */
import type { RunOptions } from '../../setup/service.ts';
import { violationKinds } from '../checker.ts';
import { embeddedSite, startServiceOn } from '../environment.ts';
import { saveArtifact } from '../save-artifacts.ts';
import { runScenario, type Scenario, type ScenarioResult, skipReason } from '../scenario-runner.ts';
import { scenarios } from '../scenarios.ts';
import { buildMutant } from './build.ts';
import { mutants } from './catalogue.ts';
import type { Mutant, Trial } from './mutant.ts';

/** The unchanged program, with every trial that a mutant may need, at its longest. */
const original: Mutant = {
  name: 'original',
  summary: 'The program as it is.',
  edits: [],
  trials: [
    ...Map.groupBy(
      mutants.flatMap(({ trials }) => trials),
      ({ scenario }) => scenario,
    ),
  ].map(([scenario, alike]) => ({
    scenario,
    points: Math.max(...alike.map(({ points }) => points)),
  })),
};

interface MutantPlan {
  /** Mutants to run, by name; all if empty. */
  readonly names: readonly string[];
  /** Scenarios to run; all trials of a mutant if empty. */
  readonly only: readonly string[];
  readonly seed: string;
}

/** Tries until a scenario finds something. */
async function isCaught(mutant: Mutant, { seed, only }: MutantPlan): Promise<boolean> {
  const { name, edits } = mutant;
  const trials = mutant.trials.filter(({ scenario }) => only.length === 0 || only.includes(scenario));
  const runOptions = await buildMutant(name, edits);
  await startsAndEnds(runOptions);
  let isCaught = false;
  for (const trial of trials) {
    const begun = performance.now();
    const found = await attempt(name, trial, { seed, runOptions });
    const seconds = Math.round((performance.now() - begun) / 1000);
    const row = [name, trial.scenario, trial.points, seconds, found ?? 'nothing'];
    console.log(`| ${row.join(' | ')} |`);
    isCaught ||= found !== undefined && !found.startsWith(notRun);
    if (isCaught && mutant !== original) break;
  }
  return isCaught;
}

/** A program that does not start would be caught by every scenario. */
async function startsAndEnds(runOptions: RunOptions): Promise<void> {
  const site = await embeddedSite();
  const service = await startServiceOn(site, runOptions);
  await service.stop();
  await site.remove();
}

function scenarioOf({ scenario }: Trial): Scenario {
  const found = scenarios.find(({ name }) => name === scenario);
  if (!found) throw new Error(`There is no scenario called ${scenario}`);
  return found;
}

const notRun = 'not run';

/** The findings of a scenario in a few words, or undefined. */
async function attempt(
  name: string,
  trial: Trial,
  run: { readonly seed: string; readonly runOptions: RunOptions },
): Promise<string | undefined> {
  const scenario = scenarioOf(trial);
  const reason = await skipReason(scenario);
  if (reason !== undefined) return `${notRun}: ${reason}`;
  const site = await embeddedSite();
  try {
    const result = await runScenario(scenario, { site, points: trial.points, ...run });
    const found = inWords(result);
    if (found !== undefined) await saveArtifact(`${name}-${trial.scenario}`, result);
    return found;
  } catch (error) {
    return inOneLine(`failed: ${(error as Error).message}`);
  } finally {
    await site.remove();
  }
}

function inWords({ verdict, complaints }: ScenarioResult): string | undefined {
  const counts = violationKinds.flatMap((count) =>
    verdict[count].length > 0 ? [`${count} ${verdict[count].length}`] : [],
  );
  const firstComplaints = [...new Set(complaints)].slice(0, 2).map(inOneLine);
  const found = [...counts, ...firstComplaints];
  return found.length > 0 ? found.join(', ') : undefined;
}

const inOneLine = (text: string) => (text.split('\n')[0] ?? '').slice(0, 120).replaceAll('|', '/');

const all = [original, ...mutants];

/** Resolves with whether each mutant was caught and the original was not. */
export async function runMutants(plan: MutantPlan): Promise<boolean> {
  const { names, seed } = plan;
  const unknown = names.filter((name) => !all.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new Error(`There is no mutant called ${unknown.join(' or ')}`);
  let isRight = true;
  console.log(`Seed ${seed}\n`);
  console.log('| mutant | scenario | points | seconds | found |\n| --- | --- | --- | --- | --- |');
  for (const mutant of all) {
    if (names.length > 0 && !names.includes(mutant.name)) continue;
    const shouldBe = mutant !== original;
    if ((await isCaught(mutant, plan)) !== shouldBe) isRight = false;
  }
  return isRight;
}
