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

const largeTargets = (up: string, down: string): Target[] => [
  target(up, 1, 'the best peer that is not nginx', 'gunicorn', 'flask', 'tus', 'fastify'),
  target(up, 0.85, 'bare Node.js, which keeps nothing', 'bare'),
  target(up, 1.3, 'Fastify + @fastify/multipart', 'fastify'),
  target(up, 0.75, 'itself without syncing', 'unsynced'),
  target(down, 0.75, 'nginx, sendfile', 'nginx'),
  target(down, 1.6, 'first version on gunicorn', 'gunicorn'),
];

export const targets: readonly Target[] = [
  target('4k-up', 2.2, 'first version on gunicorn', 'gunicorn'),
  target('4k-up', 6, 'first version', 'flask'),
  target('4k-up', 1.5, 'Fastify + @fastify/multipart', 'fastify'),
  target('4k-down', 8, 'first version on gunicorn', 'gunicorn'),
  target('4k-down', 60, 'first version', 'flask'),
  target('4k-down', 0.12, 'nginx, static', 'nginx'),
  target('1m-up', 2.2, 'the best of first version and tus', 'gunicorn', 'flask', 'tus'),
  target('1m-down', 1.2, 'the best of first version and tus', 'gunicorn', 'flask', 'tus'),
  target('1m-down', 0.5, 'nginx, static', 'nginx'),
  ...largeTargets('50m-up', '50m-down'),
  ...largeTargets('50m4-up', '50m4-down'),
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

/** Resident memory of one process of the exchange, in MiB. */
const maxMemory = 160;

/** The highest peak in any workload. */
export function compareMemory(measured: Measured): Comparison[] {
  const peaks = Object.values(measured)
    .flatMap((peers) => Object.entries(peers).filter(([id]) => id.startsWith('ours')))
    .flatMap(([, phases]) => phases.map(({ peak }) => peak.largest / 2 ** 20));
  if (peaks.length === 0) return [];
  const peak = Math.max(...peaks);
  const about = { work: 'all of it', against: 'peak memory of a process' };
  const [target, found] = [`≤ ${maxMemory} MiB`, `${figure(peak)} MiB`];
  return [{ ...about, target, found, isMet: peak <= maxMemory }];
}
