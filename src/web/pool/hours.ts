/** The last 24 hours: totals and the paths of the chart. */
import type { PoolStats } from '../../contract/api/schemas.ts';

export type PoolHour = PoolStats['hours'][number];

interface DayTotals {
  readonly given: number;
  readonly delivered: number;
  /** The hour with the most deliveries, the latest if there are several; undefined without a delivery. */
  readonly busiest: PoolHour | undefined;
}

/** Sums the hours and finds the busiest one. */
export function sumHours(hours: readonly PoolHour[]): DayTotals {
  const sum = (field: 'given' | 'delivered') => hours.reduce((total, hour) => total + hour[field], 0);
  const highest = Math.max(0, ...hours.map(({ delivered }) => delivered));
  return {
    given: sum('given'),
    delivered: sum('delivered'),
    busiest: highest === 0 ? undefined : hours.findLast(({ delivered }) => delivered === highest),
  };
}

/** The view box of the chart in user units. */
export const chartSize = { hourWidth: 10, height: 40 };

/** Least height of a bar, so that one file stays visible beside thousands. */
const minHeight = 3;

/** Returns two SVG paths: an outlined bar an hour for gifts, and a filled one inside of it for deliveries. */
export function chartPaths(hours: readonly PoolHour[]): { delivered: string; given: string } {
  const highest = Math.max(1, ...hours.flatMap(({ given, delivered }) => [given, delivered]));
  const { hourWidth, height } = chartSize;
  const boxes = (field: 'given' | 'delivered', margin: number) =>
    hours
      .map(({ [field]: files }, index) => {
        if (files === 0) return '';
        const top = round(height - minHeight - (files / highest) * (height - 2 * minHeight));
        return `M${index * hourWidth + margin} ${height}V${top}h${hourWidth - 2 * margin}V${height}`;
      })
      .join('');
  return { given: boxes('given', 1), delivered: boxes('delivered', 2.5) };
}

const round = (value: number) => Math.round(value * 10) / 10;
