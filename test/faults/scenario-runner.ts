/** One run of one scenario: a site, a crowd, a history, and what came of it. */
import { missingReason, type Programs } from '../setup/packages.ts';
import type { RunOptions, Service } from '../setup/service.ts';
import { check, type Holdings, type Verdict } from './checker.ts';
import { type Site, startOn } from './environment.ts';
import { takeStock } from './final-state.ts';
import { type Entry, type History, newHistory } from './history.ts';
import { giftsSettle, openFiles } from './open-files.ts';
import { type Dice, diceOf } from './seeded-random.ts';
import { type Crowd, type CrowdPlan, startCrowd } from './workload.ts';

export interface Lab {
  readonly site: Site;
  readonly seed: string;
  readonly dice: Dice;
  /** How many faults are wanted. */
  readonly points: number;
  /** How the program is run, unless a fault says otherwise. */
  readonly manner: RunOptions;
  readonly history: History;
  /** What is wrong apart from the history, as sentences. */
  readonly complaints: string[];
  /** Something that is done when the run is over, the last first. */
  atEnd(work: () => unknown): void;
}

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** What its faults are called. */
  readonly unit: string;
  /** How many in a short run and in a usual one. */
  readonly points: { readonly short: number; readonly usual: number };
  readonly sites: readonly Site['name'][];
  /** Programs that it needs, each with its Debian package. */
  readonly programs?: Programs;
  /** Whether only root can do it. */
  readonly asRoot?: boolean;
  /** Does the deeds; afterwards no process runs. Answers what is left to be asked for. */
  run(lab: Lab): Promise<Left>;
}

/** Why a scenario cannot be run here, or undefined; what can be installed is. */
export async function hindrance({ programs = {}, asRoot }: Scenario): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (asRoot && process.getuid?.() !== 0) return 'it takes root';
  return missingReason(programs);
}

/** What the clients still hold, and how the program gets at what is left, when not as the site says. */
export interface Left {
  readonly crowd: Pick<Crowd['world'], 'tickets' | 'promised'>;
  readonly settings?: Readonly<Record<string, string>>;
  /** After how many days whatever is under way is over, at the latest. */
  readonly patience?: number;
  /** Bytes were damaged on purpose: it is right that gifts were quarantined. */
  readonly isDamaging?: boolean;
}

/** What a verdict follows from. */
export interface Kept {
  readonly entries: readonly Entry[];
  readonly holdings: Holdings;
}

export interface Result {
  readonly seed: string;
  readonly points: number;
  readonly gifts: number;
  readonly arrivals: number;
  readonly verdict: Verdict;
  readonly complaints: readonly string[];
  readonly kept: Kept;
  readonly seconds: number;
}

/** Runs a scenario on a site, and judges it. */
export async function runScenario(
  scenario: Scenario,
  { site, seed, points, manner }: Pick<Lab, 'site' | 'seed' | 'points' | 'manner'>,
): Promise<Result> {
  const begun = performance.now();
  const history = newHistory();
  const complaints: string[] = [];
  const ends: (() => unknown)[] = [];
  const onStderr = (said: string) => {
    // The runtime closes by itself what nobody can close any more.
    if (said.includes('garbage collection')) complaints.push('a file was left open');
  };
  const deadlocks = site.around?.postgres.deadlocks().length ?? 0;
  const lab: Lab = {
    site,
    seed,
    dice: diceOf(`${seed}/${scenario.name}`),
    points,
    manner: { ...manner, onStderr },
    history,
    complaints,
    atEnd: (work) => void ends.unshift(work),
  };
  try {
    const { crowd, settings, patience = 2, isDamaging = false } = await scenario.run(lab);
    const holdings = await takeStock({ ...site.settings, ...settings }, crowd, patience);
    // What the service found damaged was damaged on the way: it knows no better, and keeps it from everybody.
    if (isDamaging) for (const id of holdings.quarantined) history.note({ act: 'damaged', id });
    // Everybody behind them waits for a second, and what they had to say may come too late.
    for (const statements of (site.around?.postgres.deadlocks() ?? []).slice(deadlocks))
      complaints.push(`transactions waited for each other: ${statements.join(' and ')}`);
    const acts = (act: string) => history.entries.filter((entry) => entry.act === act).length;
    return {
      seed,
      points,
      gifts: acts('given'),
      arrivals: acts('arrived'),
      verdict: check(history.entries, holdings),
      complaints,
      kept: { entries: history.entries, holdings },
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    for (const end of ends) await end();
  }
}

/** Where something is to happen. */
export interface Scene {
  readonly service: Service;
  readonly crowd: Crowd;
  /** How many descriptors the service had open before anybody came. */
  readonly idle: number;
  /** The address of a process, each time another. */
  url(): string;
}

/** Starts the service, on servers two processes of it, and sets a crowd to work; when the deeds are done, all come to their end. */
export async function play(
  lab: Lab,
  plan: Partial<CrowdPlan> & { readonly settings?: Readonly<Record<string, string>> },
  deeds: (scene: Scene) => Promise<void>,
): Promise<Left> {
  const { settings, ...crowdPlan } = plan;
  const service = await startOn(lab.site, lab.manner, settings);
  lab.atEnd(() => service.stop());
  const { url, leave } = await withCompany(lab, service, settings);
  const idle = openFiles(service.pid);
  const crowd = crowdAt(lab, url, crowdPlan);
  await deeds({ service, crowd, idle, url });
  await crowd.stop();
  lab.complaints.push(...crowd.world.complaints);
  await giftsSettle(lab, service.pid);
  await leave();
  service.kill('SIGTERM');
  await service.exited();
  return { crowd: crowd.world };
}

/** A crowd at a service, with the lab's history and chance. */
export function crowdAt(lab: Lab, url: () => string, more: Partial<CrowdPlan> = {}): Crowd {
  const crowd = startCrowd({ seed: `${lab.seed}/crowd`, history: lab.history, url, ...more });
  // A run that fails in the middle leaves nobody behind.
  lab.atEnd(() => {
    crowd.world.isOver = true;
  });
  return crowd;
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
  const other = await startOn(lab.site, lab.manner, more);
  lab.atEnd(() => other.stop());
  const dice = lab.dice.of('company');
  return {
    url: () => dice.one([service.url, other.url]),
    leave: async () => {
      other.kill('SIGTERM');
      await other.exited();
    },
  };
}

/** Waits until the process has died of something, notes it, and starts it again; also when that takes several tries. */
export async function noteDeath(lab: Lab, service: Service, what: string): Promise<void> {
  await service.exited();
  lab.history.note({ act: 'trouble', until: Date.now(), what });
}
