/** Runs one scenario: site, workload, history and verdict. */

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
  /** The number of faults to inject. */
  readonly points: number;
  /** How to run the program, unless a fault needs it otherwise. */
  readonly runOptions: RunOptions;
  readonly history: History;
  /** Faults that the history does not show, as sentences. */
  readonly complaints: string[];
  /** Registers a cleanup step. The last one runs first. */
  onEnd(work: () => unknown): void;
}

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** The name of its faults in the report. */
  readonly unit: string;
  /** The number of faults in a short run and in a usual one. */
  readonly points: { readonly short: number; readonly usual: number };
  readonly sites: readonly Site['name'][];
  /** The programs that it needs, with the Debian package of each. */
  readonly programs?: Programs;
  /** Whether it needs root. */
  readonly needsRoot?: boolean;
  /** Injects the faults and ends all processes. */
  run(lab: Lab): Promise<Remainder>;
}

/** Installs missing programs. Resolves with the reason if the scenario cannot run here. */
export async function skipReason({ programs = {}, needsRoot }: Scenario): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (needsRoot && process.getuid?.() !== 0) return 'it takes root';
  return missingReason(programs);
}

/** The tickets and deliveries that clients still hold after the run, and how to reach what is left. */
export interface Remainder {
  readonly clients: Pick<Workload['state'], 'tickets' | 'pendingDeliveries'>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Days after which everything in flight is over. */
  readonly settleDays?: number;
  /** How far the clock of a killed process was ahead, in milliseconds; 0 by default. */
  readonly maxClockAhead?: number;
  /** Bytes were damaged on purpose, so that quarantined gifts are expected. */
  readonly isDamaging?: boolean;
}

/** All that a verdict depends on. */
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

/** The line of an answer 500 in the log of the service. */
const unexpectedLine = /^.*"code":"unexpected".*$/gm;

/** Runs a scenario on a site and judges it. */
export async function runScenario(
  scenario: Scenario,
  { site, seed, points, runOptions }: Pick<Lab, 'site' | 'seed' | 'points' | 'runOptions'>,
): Promise<ScenarioResult> {
  const begun = performance.now();
  const history = createHistory();
  const complaints: string[] = [];
  const ends: (() => unknown)[] = [];
  const onOutput = (text: string) => {
    // Node.js closes a file handle that the garbage collector finds, and warns.
    if (text.includes('garbage collection')) complaints.push('a file was left open');
    for (const [line] of text.matchAll(unexpectedLine)) complaints.push(line);
  };
  const deadlocks = site.servers?.postgres.deadlocks().length ?? 0;
  const lab: Lab = {
    site,
    seed,
    random: createSeededRandom(`${seed}/${scenario.name}`),
    points,
    runOptions: { ...runOptions, onOutput },
    history,
    complaints,
    onEnd: (work) => void ends.unshift(work),
  };
  try {
    const { clients, settings, isDamaging = false, ...times } = await scenario.run(lab);
    const finalState = await collectFinalState({ ...site.settings, ...settings }, clients, {
      settleDays: times.settleDays ?? 2,
      maxClockAhead: times.maxClockAhead ?? 0,
    });
    // A proxy damaged the bytes on their way in. The service quarantines them and can do no more.
    if (isDamaging) for (const id of finalState.quarantined) history.note({ action: 'damaged', id });
    // A deadlock delays all transactions behind it by a second.
    for (const statements of (site.servers?.postgres.deadlocks() ?? []).slice(deadlocks))
      complaints.push(`transactions waited for each other: ${statements.join(' and ')}`);
    const actions = (action: string) => history.entries.filter((entry) => entry.action === action).length;
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

/** A scenario in progress. */
interface RunningScenario {
  readonly service: Service;
  readonly workload: Workload;
  /** Descriptors that the service had open before the first client came. */
  readonly idleOpenFiles: number;
  /** The URL of one of the processes, chosen anew each time. */
  url(): string;
}

/**
 * Starts the service (two processes on servers) and a workload, injects the faults, and ends everything in order.
 */
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

/** Starts a workload with the seed and the history of the run. */
export function startLabWorkload(lab: Lab, url: () => string, more: Partial<WorkloadPlan> = {}): Workload {
  const workload = startWorkload({
    seed: `${lab.seed}/workload`,
    history: lab.history,
    url,
    ...more,
  });
  // Stops the clients of a run that fails half way.
  lab.onEnd(() => {
    workload.state.isOver = true;
  });
  return workload;
}

/** Starts a second process where ledger and vault can be shared, and alternates between both at random. */
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

/** Waits until the process has died and records it. */
export async function recordDeath(lab: Lab, service: Service, what: string): Promise<void> {
  await service.exited();
  lab.history.note({ action: 'trouble', until: Date.now(), what });
}
