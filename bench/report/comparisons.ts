/** What is said of a work: how many times as much or as long as another, and whether that is enough. */

import type { PeerId } from '../peers/peer.ts';
import type { Phase } from '../peers/running-peer.ts';
import { type Ratio, ratioOf } from './ratios.ts';
import { figure } from './tables.ts';

/** What was measured: by work, then by contestant, round by round. */
export type Measured = Readonly<Record<string, Readonly<Record<string, readonly Phase[]>>>>;

/** A line of the table of marks. */
export interface Comparison {
  readonly work: string;
  readonly against: string;
  readonly target: string;
  readonly found: string;
  readonly isMet: boolean;
  /** Where the line is about one, its median. */
  readonly ratio?: number;
}

/** At least or at most so many times. */
export interface Bound {
  readonly is: 'at least' | 'at most';
  readonly times: number;
}

/** A line about a ratio; none where nothing was measured. */
export function compareRatio(
  { work, against }: Pick<Comparison, 'work' | 'against'>,
  { is, times }: Bound,
  ratio: Ratio | undefined,
): Comparison[] {
  if (!ratio) return [];
  const { median, min, max } = ratio;
  const isMet = is === 'at least' ? median >= times : median <= times;
  const target = `${is === 'at least' ? '≥' : '≤'} ${times} ×`;
  const found = `${figure(median)} × (${figure(min)}–${figure(max)})`;
  return [{ work, against, target, found, isMet, ratio: median }];
}

/** What must be reached against whom; against several, against the best of each round. */
export interface Target {
  readonly work: string;
  readonly rivals: readonly PeerId[];
  readonly against: string;
  readonly times: number;
}

/** The throughput of ours against that of rivals. */
export function compareThroughput(
  measured: Measured,
  { rivals, times, ...about }: Target,
): Comparison[] {
  const rates = (id: string) => (measured[about.work]?.[id] ?? []).map((one) => one.perSecond);
  const theirs = rivals.map(rates).filter(({ length }) => length > 0);
  const best = rates('ours').map((_, round) => Math.max(...theirs.map((of) => of[round] ?? 0)));
  return compareRatio(about, { is: 'at least', times }, ratioOf(rates('ours'), best));
}

/** How many times as long one waits, on average and round by round. */
export function compareLatency(
  about: Pick<Comparison, 'work' | 'against'>,
  times: number,
  phases: readonly Phase[] = [],
  others: readonly Phase[] = [],
): Comparison[] {
  const waits = (of: readonly Phase[]) => of.map(({ p50 }) => p50);
  return compareRatio(about, { is: 'at most', times }, ratioOf(waits(phases), waits(others)));
}

/** The most that a process of the exchange may keep in memory, in MiB. */
const mostMemory = 160;

/** The peak of all that was measured of the exchange as it comes. */
export function compareMemory(measured: Measured): Comparison[] {
  const peaks = Object.values(measured).flatMap((by) =>
    Object.entries(by)
      .filter(([id]) => id.startsWith('ours'))
      .flatMap(([, phases]) => phases.map(({ peak }) => peak.largest / 2 ** 20)),
  );
  if (peaks.length === 0) return [];
  const most = Math.max(...peaks);
  return [
    {
      work: 'all of it',
      against: 'peak memory of a process',
      target: `≤ ${mostMemory} MiB`,
      found: `${figure(most)} MiB`,
      isMet: most <= mostMemory,
    },
  ];
}
