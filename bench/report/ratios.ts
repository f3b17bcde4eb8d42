/** Medians of per-round ratios: what slows the machine down in one round slows both sides of it. */
import type { Measured } from './types.ts';

export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which this share of the sorted values is; NaN for none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

/** Ours divided by theirs, round by round. Skips rounds in which either side has nothing. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio | undefined {
  const ratios = ours
    .map((value, round) => value / (theirs[round] ?? Number.NaN))
    .filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/** The exchange's throughput divided by that of each peer, by workload and peer. */
export type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function ratiosOf(measured: Measured): Ratios {
  const ratios: Record<string, Record<string, number>> = {};
  for (const [work, { ours = [], ...peers }] of Object.entries(measured)) {
    for (const [id, phases] of Object.entries(peers)) {
      const [our, their] = [ours, phases].map((side) => side.map(({ perSecond }) => perSecond));
      const ratio = ratioOf(our ?? [], their ?? []);
      if (ratio) ratios[work] = { ...ratios[work], [id]: Number(ratio.median.toFixed(3)) };
    }
  }
  return ratios;
}

/** The better of each ratio of two runs: what is slow by chance is not slow twice. */
export function bestOf(first: Ratios, second: Ratios): Ratios {
  const best = ([work, ratios]: [string, Ratios[string]]) => {
    const entries = Object.entries(ratios).map(
      ([id, ratio]) => [id, Math.max(ratio, first[work]?.[id] ?? ratio)] as const,
    );
    return [work, Object.fromEntries(entries)] as const;
  };
  return Object.fromEntries(Object.entries(second).map(best));
}

/** A larger loss than this is the code's and not the machine's. */
const minShare = 2 / 3;

/** A sentence for each ratio that fell by more than a third below the recorded one. */
export function regressions(found: Ratios, recorded: Ratios): string[] {
  return Object.entries(found).flatMap(([work, ratios]) =>
    Object.entries(ratios).flatMap(([id, ratio]) => {
      const before = recorded[work]?.[id];
      if (before === undefined || ratio >= before * minShare) return [];
      return [`${work} against ${id}: ${ratio} ×, and it was ${before} ×`];
    }),
  );
}
