/** Compares the exchange with its peers and with its targets. */
import type { PeerId } from '../peers/peer.ts';
import type { Phase } from '../peers/running-peer.ts';
import { figure } from './labels.ts';
import { type Ratio, ratioOf } from './ratios.ts';
import type { Comparison, Measured } from './types.ts';

type About = Pick<Comparison, 'work' | 'against'>;

function compareRatio(
  { work, against }: About,
  bound: '≥' | '≤',
  times: number,
  ratio: Ratio | undefined,
): Comparison[] {
  if (!ratio) return [];
  const { median, min, max } = ratio;
  const isMet = bound === '≥' ? median >= times : median <= times;
  const found = `${figure(median)} × (${figure(min)}–${figure(max)})`;
  return [{ work, against, target: `${bound} ${times} ×`, found, isMet }];
}

/** The least throughput against rivals; of several, the best of each round counts. */
export interface Target extends About {
  readonly rivals: readonly PeerId[];
  readonly times: number;
}

const target = (work: string, times: number, against: string, ...rivals: PeerId[]): Target => ({
  ...{ work, times, against, rivals },
});

const [nginx, gunicorn, tus] = ['nginx', 'first version on gunicorn', '@tus/server'] as const;

export const targets: readonly Target[] = [
  target('4k-up', 0.18, nginx, 'nginx'),
  target('4k-up', 3, gunicorn, 'gunicorn'),
  target('4k-up', 2.5, tus, 'tus'),
  target('4k-down', 0.058, nginx, 'nginx'),
  target('4k-down', 2, tus, 'tus'),
  target('1m-up', 0.27, nginx, 'nginx'),
  target('1m-up', 1.4, tus, 'tus'),
  target('1m-down', 0.38, nginx, 'nginx'),
  target('1m-down', 1.5, gunicorn, 'gunicorn'),
  target('1m-down', 2, tus, 'tus'),
  target('50m-up', 0.6, nginx, 'nginx'),
  target('50m-up', 1.5, tus, 'tus'),
  target('50m-up', 0.75, 'itself without syncing', 'unsynced'),
  target('50m-down', 0.75, nginx, 'nginx'),
  target('50m4-up', 1, 'the best peer that is not nginx', 'gunicorn', 'flask', 'tus', 'fastify'),
  target('50m4-down', 0.75, nginx, 'nginx'),
];

export function compareThroughput(measured: Measured, { rivals, times, ...about }: Target): Comparison[] {
  const rates = (id: string) => (measured[about.work]?.[id] ?? []).map((one) => one.perSecond);
  const theirs = rivals.map(rates).filter(({ length }) => length > 0);
  const best = rates('ours').map((_, round) => Math.max(...theirs.map((of) => of[round] ?? 0)));
  return compareRatio(about, '≥', times, ratioOf(rates('ours'), best));
}

/** The median latency, at most this many times that of the others. */
export function compareLatency(
  about: About,
  times: number,
  phases: readonly Phase[] = [],
  others: readonly Phase[] = [],
): Comparison[] {
  const latencies = (of: readonly Phase[]) => of.map(({ p50 }) => p50);
  return compareRatio(about, '≤', times, ratioOf(latencies(phases), latencies(others)));
}

/** How much of the CPU time of the slowest process the best one needs at least. By CPU time, since disks vary more than programs. */
const minShareOfBest = 0.85;

/** Processes of one program against the best of them, each in CPU times of the yardstick that was measured after it. */
export function compareProcesses(phases: readonly Phase[], yardsticks: readonly Phase[]): Comparison[] {
  const times = phases.map(({ cpu }, at) => cpu / (yardsticks[at]?.cpu ?? Number.NaN));
  const [best, slowest] = [Math.min(...times), Math.max(...times)];
  const share = best / slowest;
  return [
    {
      work: 'processes',
      against: 'the best of them, by CPU time of a gift',
      target: `≥ ${minShareOfBest} ×`,
      found: `${figure(share)} × (${figure(best)}–${figure(slowest)} × bare Node.js)`,
      isMet: share >= minShareOfBest,
    },
  ];
}

/** Resident memory of the exchange, in MiB: of one process, and of all with two workers. */
const [maxMemory, maxMemoryOfTwo] = [150, 250];

/** Where the exchange runs with two workers. */
const withTwoWorkers = /^50m4-/;

/** The highest peak in any workload. */
export function compareMemory(measured: Measured): Comparison[] {
  const all = Object.entries(measured);
  const [two, one] = [true, false].map((has) => all.filter(([work]) => withTwoWorkers.test(work) === has));
  return [
    ...memoryLine('peak memory of a process', maxMemory, peaksOf(one, 'largest')),
    ...memoryLine('peak memory with two workers', maxMemoryOfTwo, peaksOf(two, 'together')),
  ];
}

const peaksOf = (works: readonly (readonly [string, Measured[string]])[] = [], part: keyof Phase['peak']): number[] =>
  works
    .flatMap(([, peers]) => Object.entries(peers).filter(([id]) => id.startsWith('ours')))
    .flatMap(([, phases]) => phases.map(({ peak }) => peak[part] / 2 ** 20));

function memoryLine(against: string, most: number, peaks: readonly number[]): Comparison[] {
  if (peaks.length === 0) return [];
  const peak = Math.max(...peaks);
  return [{ work: 'all of it', against, target: `≤ ${most} MiB`, found: `${figure(peak)} MiB`, isMet: peak <= most }];
}
