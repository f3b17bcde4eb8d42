/** A test of uniformity: Pearson's chi-squared test. */

/** The probability of a false alarm, and the quantile of the normal distribution for it. */
export const alarms = {
  oneInAThousand: 3.090232,
  oneInAMillion: 4.753424,
} as const;

/** The sum of (seen − expected)² / expected, with equal expectations. */
export function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * The quantile of the chi-squared distribution for the false-alarm rate (Wilson and Hilferty, "The Distribution of
 * Chi-square", PNAS 17, 1931). For k of 2 or more it is within 3 % at these probabilities.
 */
export function criticalValue(degrees: number, quantile: number): number {
  const variance = 2 / (9 * degrees);
  return degrees * (1 - variance + quantile * Math.sqrt(variance)) ** 3;
}

/** With this many expected, none at all is an alarm by itself: 1,000 sides reach it with a probability of 10⁻¹⁰. */
const surelySeen = 30;

/** Rolls, counts the results among `sides`, and answers the distance from uniformity: above 1 is an alarm. */
export async function unfairness(
  sides: readonly string[],
  rolls: number,
  roll: () => Promise<string | undefined>,
  alarm: number = alarms.oneInAMillion,
): Promise<number> {
  const seen = new Map(sides.map((side) => [side, 0]));
  for (let n = 0; n < rolls; n += 1) {
    const side = (await roll()) ?? 'nothing';
    const count = seen.get(side);
    if (count === undefined) throw new Error(`${side} must never come up`);
    seen.set(side, count + 1);
  }
  const counts = [...seen.values()];
  if (rolls / sides.length >= surelySeen && counts.includes(0)) return Number.POSITIVE_INFINITY;
  return chiSquared(counts) / criticalValue(sides.length - 1, alarm);
}

/**
 * The distance from uniformity of rounds that each draw some of `sides` sides without replacement: above 1 is an alarm. A
 * round names its sides, from 0.
 *
 * Sides are counted in `groups` groups of neighbours: many groups show a bias of single sides, few a slope. The variance is
 * that of sampling without replacement.
 */
export function unfairnessOfRounds(
  rounds: readonly (readonly number[])[],
  sides: number,
  groups: number = sides,
  alarm: number = alarms.oneInAMillion,
): number {
  const inGroup = sides / groups;
  const counts = Array.from({ length: groups }, () => 0);
  let variance = 0;
  for (const round of rounds) {
    const chance = round.length / sides;
    variance += chance * (1 - chance);
    for (const side of round) {
      const group = Math.floor(side / inGroup);
      counts[group] = (counts[group] ?? 0) + 1;
    }
  }
  const expected = counts.reduce((sum, count) => sum + count, 0) / groups;
  const distance = counts.reduce((sum, count) => sum + (count - expected) ** 2, 0);
  const statistic = (distance / (inGroup * variance)) * ((sides - 1) / sides);
  return statistic / criticalValue(groups - 1, alarm);
}
