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

/**
 * How far from fair rounds are in each of which some of `sides` sides come up, none of them twice: above 1 is an alarm. Each
 * round names the sides that came up, from 0. They are counted in `groups` groups of neighbours: a bias of every side by
 * itself shows in as many groups as sides, a slope from the first to the last in few.
 *
 * Of n sides k come up, each with chance p = k / n, and what one wins the others lose: the counts of a round have variance
 * p (1 − p) and covariance −p (1 − p) / (n − 1). So the sum of their squared distances from fair, divided by the sum of all
 * rounds' p (1 − p) and multiplied by (n − 1) / n, is distributed as chi-squared.
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
