/** What is said of a work: how many times as much or as long as another, and whether that is enough. */

import type { PeerId } from '../peers/peer.ts';
import type { Phase } from '../peers/running-peer.ts';
import { type Ratio, ratioOf } from './ratios.ts';
import { figure } from './tables.ts';

/** What was measured: by work, then by contestant, round by round. */
export type Measured = Readonly<Record<string, Readonly<Record<string, readonly Phase[]>>>>;

/** A line of the table of marks. */
export interface Line {
  readonly work: string;
  readonly against: string;
  readonly mark: string;
  readonly found: string;
  readonly isReached: boolean;
  /** Where the line is about one, its median. */
  readonly ratio?: number;
}

/** At least or at most so many times. */
export interface Bound {
  readonly is: 'at least' | 'at most';
  readonly times: number;
}

/** A line about a ratio; none where nothing was measured. */
export function ratioLine(
  { work, against }: Pick<Line, 'work' | 'against'>,
  { is, times }: Bound,
  ratio: Ratio | undefined,
): Line[] {
  if (!ratio) return [];
  const { median, min, max } = ratio;
  const isReached = is === 'at least' ? median >= times : median <= times;
  const mark = `${is === 'at least' ? '≥' : '≤'} ${times} ×`;
  const found = `${figure(median)} × (${figure(min)}–${figure(max)})`;
  return [{ work, against, mark, found, isReached, ratio: median }];
}

/** What must be reached against whom; against several, against the best of each round. */
export interface Rivalry {
  readonly work: string;
  readonly rivals: readonly PeerId[];
  readonly against: string;
  readonly times: number;
}

/** The throughput of ours against that of rivals. */
export function rivalryLine(measured: Measured, { rivals, times, ...about }: Rivalry): Line[] {
  const rates = (id: string) => (measured[about.work]?.[id] ?? []).map((one) => one.perSecond);
  const theirs = rivals.map(rates).filter(({ length }) => length > 0);
  const best = rates('ours').map((_, round) => Math.max(...theirs.map((of) => of[round] ?? 0)));
  return ratioLine(about, { is: 'at least', times }, ratioOf(rates('ours'), best));
}

/** How many times as long one waits, on average and round by round. */
export function patienceLine(
  about: Pick<Line, 'work' | 'against'>,
  times: number,
  phases: readonly Phase[] = [],
  others: readonly Phase[] = [],
): Line[] {
  const waits = (of: readonly Phase[]) => of.map(({ p50 }) => p50);
  return ratioLine(about, { is: 'at most', times }, ratioOf(waits(phases), waits(others)));
}

/** The most that a process of the exchange may keep in memory, in MiB. */
const mostMemory = 160;

/** The peak of all that was measured of the exchange as it comes. */
export function memoryLine(measured: Measured): Line[] {
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
      mark: `≤ ${mostMemory} MiB`,
      found: `${figure(most)} MiB`,
      isReached: most <= mostMemory,
    },
  ];
}
