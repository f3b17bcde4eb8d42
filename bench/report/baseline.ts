/** Ratios that a whole run recorded, and whether others have fallen below them. */
import type { Measured } from './comparisons.ts';
import { ratioOf } from './ratios.ts';

/** By work, then by peer: how many times as many a second the exchange gets done. */
export type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Those of all works that others took part in. */
export function ratiosOf(measured: Measured): Ratios {
  const ratios: Record<string, Record<string, number>> = {};
  for (const [work, { ours, ...others }] of Object.entries(measured)) {
    for (const [id, phases] of Object.entries(others)) {
      const rates = [ours ?? [], phases].map((side) => side.map(({ perSecond }) => perSecond));
      const ratio = ratioOf(rates[0] ?? [], rates[1] ?? []);
      if (ratio) ratios[work] = { ...ratios[work], [id]: Number(ratio.median.toFixed(3)) };
    }
  }
  return ratios;
}

/** The better one of each ratio of two runs: whoever is slow by chance is not slow twice. */
export function bestOf(first: Ratios, second: Ratios): Ratios {
  return Object.fromEntries(
    Object.entries(second).map(([work, ratios]) => {
      const better = Object.entries(ratios).map(
        ([id, ratio]) => [id, Math.max(ratio, first[work]?.[id] ?? ratio)] as const,
      );
      return [work, Object.fromEntries(better)];
    }),
  );
}

/** Below so large a share of what was recorded, something has become slower and not only the machine. */
const enough = 2 / 3;

/** A sentence for each ratio that has fallen by more than a third; what was not recorded cannot fall. */
export function regressions(found: Ratios, recorded: Ratios): string[] {
  return Object.entries(found).flatMap(([work, ratios]) =>
    Object.entries(ratios).flatMap(([id, ratio]) => {
      const before = recorded[work]?.[id];
      if (before === undefined || ratio >= before * enough) return [];
      return [`${work} against ${id}: ${ratio} ×, and it was ${before} ×`];
    }),
  );
}
