/** Whether dice are fair: Pearson's chi-squared test. */

/** How often a fair die is called unfair, and the normal distribution's quantile for that. */
export const alarms = {
  oneInAThousand: 3.090232,
  oneInAMillion: 4.753424,
} as const;

/** Sum of (seen − expected)² / expected, where every one of the counted is as likely. */
export function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * What chi-squared exceeds only as often as the alarm says. Wilson and Hilferty: the cube root of chi-squared over its
 * degrees of freedom is nearly normal, with mean 1 − 2/9k and variance 2/9k ("The Distribution of Chi-square", PNAS 17,
 * 1931). For k of 2 or more it is within 3 % at these quantiles, and within 0.1 % from 30 on.
 */
export function criticalValue(degrees: number, quantile: number): number {
  const variance = 2 / (9 * degrees);
  return degrees * (1 - variance + quantile * Math.sqrt(variance)) ** 3;
}

/** Where this many are expected, none at all is an alarm by itself: with 1,000 sides a chance of one in ten thousand million. */
const surelySeen = 30;

/** Rolls, counts what came up among `sides`, and says how far from fair it is: above 1 is an alarm. */
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
