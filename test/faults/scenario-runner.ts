/** One run of one scenario: a site, a workload, a history, and what came of it. */

import { createSeededRandom, type SeededRandom } from '../clients/seeded-random.ts';
import { missingReason, type Programs } from '../setup/packages.ts';
import type { RunOptions, Service } from '../setup/service.ts';
import { check, type FinalState, type Verdict } from './checker.ts';
import { type Site, startServiceOn } from './environment.ts';
import { collectFinalState } from './final-state.ts';
import { createHistory, type Entry, type History } from './history.ts';
import { countOpenFiles, expectGiftsClosed } from './open-files.ts';
import { startWorkload, type Workload, type WorkloadPlan } from './workload.ts';

export interface Lab {
  readonly site: Site;
  readonly seed: string;
  readonly random: SeededRandom;
  /** How many faults are wanted. */
  readonly points: number;
  /** How the program is run, unless a fault says otherwise. */
  readonly runOptions: RunOptions;
  readonly history: History;
  /** What is wrong apart from the history, as sentences. */
  readonly complaints: string[];
  /** Something that is done when the run is over, the last first. */
  onEnd(work: () => unknown): void;
}

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** What its faults are called. */
  readonly unit: string;
  /** How many in a short run and in a usual one. */
  readonly points: { readonly short: number; readonly usual: number };
  readonly sites: readonly Site['name'][];
  /** Programs that it needs, each with its Debian package. */
  readonly programs?: Programs;
  /** Whether only root can do it. */
  readonly needsRoot?: boolean;
  /** Does the deeds; afterwards no process runs. Answers what is left to be asked for. */
  run(lab: Lab): Promise<Remainder>;
}

/** Why a scenario cannot be run here, or undefined; what can be installed is. */
export async function skipReason({
  programs = {},
  needsRoot,
}: Scenario): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (needsRoot && process.getuid?.() !== 0) return 'it takes root';
  return missingReason(programs);
}

/** What the clients still hold, and how the program gets at what is left, when not as the site says. */
export interface Remainder {
  readonly clients: Pick<Workload['state'], 'tickets' | 'pendingDeliveries'>;
  readonly settings?: Readonly<Record<string, string>>;
  /** After how many days whatever is under way is over, at the latest. */
  readonly settleDays?: number;
  /** Bytes were damaged on purpose: it is right that gifts were quarantined. */
  readonly isDamaging?: boolean;
}

/** What a verdict follows from. */
export interface Artifact {
  readonly entries: readonly Entry[];
  readonly finalState: FinalState;
}

export interface ScenarioResult {
  readonly seed: string;
  readonly points: number;
  readonly gifts: number;
  readonly arrivals: number;
  readonly verdict: Verdict;
  readonly complaints: readonly string[];
  readonly artifact: Artifact;
  readonly seconds: number;
}

/** Runs a scenario on a site, and judges it. */
export async function runScenario(
  scenario: Scenario,
  { site, seed, points, runOptions }: Pick<Lab, 'site' | 'seed' | 'points' | 'runOptions'>,
): Promise<ScenarioResult> {
  const begun = performance.now();
  const history = createHistory();
  const complaints: string[] = [];
  const ends: (() => unknown)[] = [];
  const onStderr = (said: string) => {
    // The runtime closes by itself what nobody can close any more.
    if (said.includes('garbage collection')) complaints.push('a file was left open');
  };
  const deadlocks = site.servers?.postgres.deadlocks().length ?? 0;
  const lab: Lab = {
    site,
    seed,
    random: createSeededRandom(`${seed}/${scenario.name}`),
    points,
    runOptions: { ...runOptions, onStderr },
    history,
    complaints,
    onEnd: (work) => void ends.unshift(work),
  };
  try {
    const { clients, settings, settleDays = 2, isDamaging = false } = await scenario.run(lab);
    const finalState = await collectFinalState(
      { ...site.settings, ...settings },
      clients,
      settleDays,
    );
    // What the service found damaged was damaged on the way: it knows no better, and keeps it from everybody.
    if (isDamaging)
      for (const id of finalState.quarantined) history.note({ action: 'damaged', id });
    // Everybody behind them waits for a second, and what they had to say may come too late.
    for (const statements of (site.servers?.postgres.deadlocks() ?? []).slice(deadlocks))
      complaints.push(`transactions waited for each other: ${statements.join(' and ')}`);
    const actions = (action: string) =>
      history.entries.filter((entry) => entry.action === action).length;
    return {
      seed,
      points,
      gifts: actions('given'),
      arrivals: actions('arrived'),
      verdict: check(history.entries, finalState),
      complaints,
      artifact: { entries: history.entries, finalState },
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    for (const end of ends) await end();
  }
}

/** Where something is to happen. */
export interface RunningScenario {
  readonly service: Service;
  readonly workload: Workload;
  /** How many descriptors the service had open before anybody came. */
  readonly idleOpenFiles: number;
  /** The address of a process, each time another. */
  url(): string;
}

/** Starts the service, on servers two processes of it, and sets a workload to work; when the deeds are done, all come to their end. */
export async function runUnderLoad(
  lab: Lab,
  plan: Partial<WorkloadPlan> & { readonly settings?: Readonly<Record<string, string>> },
  deeds: (scene: RunningScenario) => Promise<void>,
): Promise<Remainder> {
  const { settings, ...workloadPlan } = plan;
  const service = await startServiceOn(lab.site, lab.runOptions, settings);
  lab.onEnd(() => service.stop());
  const { url, leave } = await withCompany(lab, service, settings);
  const idleOpenFiles = countOpenFiles(service.pid);
  const workload = startLabWorkload(lab, url, workloadPlan);
  await deeds({ service, workload, idleOpenFiles, url });
  await workload.stop();
  lab.complaints.push(...workload.state.complaints);
  await expectGiftsClosed(lab, service.pid);
  await leave();
  service.kill('SIGTERM');
  await service.exited();
  return { clients: workload.state };
}

/** A workload at a service, with the lab's history and chance. */
export function startLabWorkload(
  lab: Lab,
  url: () => string,
  more: Partial<WorkloadPlan> = {},
): Workload {
  const workload = startWorkload({
    seed: `${lab.seed}/workload`,
    history: lab.history,
    url,
    ...more,
  });
  // A run that fails in the middle leaves nobody behind.
  lab.onEnd(() => {
    workload.state.isOver = true;
  });
  return workload;
}

/**
 * Starts another process on what several may share, and answers the way to one of both, each time by chance; on embedded
 * defaults there is only the one.
 */
async function withCompany(
  lab: Lab,
  service: Service,
  more?: Readonly<Record<string, string>>,
): Promise<{ url(): string; leave(): Promise<void> }> {
  if (lab.site.name === 'embedded') return { url: () => service.url, leave: async () => undefined };
  const other = await startServiceOn(lab.site, lab.runOptions, more);
  lab.onEnd(() => other.stop());
  const random = lab.random.derive('company');
  return {
    url: () => random.pick([service.url, other.url]),
    leave: async () => {
      other.kill('SIGTERM');
      await other.exited();
    },
  };
}

/** Waits until the process has died of something, notes it, and starts it again; also when that takes several tries. */
export async function recordDeath(lab: Lab, service: Service, what: string): Promise<void> {
  await service.exited();
  lab.history.note({ action: 'trouble', until: Date.now(), what });
}
