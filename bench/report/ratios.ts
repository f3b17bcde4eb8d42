/** Medians of per-round ratios: what a machine does to one round, it does to both sides of it. */

export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value below which so large a share of the sorted values lies; NaN where there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

/** How many times as much as the others, round by round; rounds in which either side has nothing are left out. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio | undefined {
  const ratios = ours
    .map((value, round) => value / (theirs[round] ?? Number.NaN))
    .filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}
