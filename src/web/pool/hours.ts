/** The last day as a line: its sums, and its drawing. */
import type { PoolStats } from '../../contract/api/schemas.ts';

export type PoolHour = PoolStats['hours'][number];

/** The last day in a few figures. */
export interface DayTotals {
  readonly given: number;
  readonly delivered: number;
  /** When most files reached a stranger, the latest of several; undefined when none did. */
  readonly busiest: PoolHour | undefined;
}

export function sumHours(hours: readonly PoolHour[]): DayTotals {
  const sum = (field: 'given' | 'delivered') =>
    hours.reduce((total, hour) => total + hour[field], 0);
  const most = Math.max(0, ...hours.map(({ delivered }) => delivered));
  return {
    given: sum('given'),
    delivered: sum('delivered'),
    busiest: most === 0 ? undefined : hours.findLast(({ delivered }) => delivered === most),
  };
}

/** The drawing in units of its own; an hour is `hourWidth` wide. */
export const chartSize = { hourWidth: 10, height: 40 };

/** Whatever happened can be seen, however much more happened in another hour. */
const least = 3;

/** Two paths: an open box an hour for what was given, and the part of it that is filled for what reached a stranger. */
export function chartPaths(hours: readonly PoolHour[]): { delivered: string; given: string } {
  const most = Math.max(1, ...hours.flatMap(({ given, delivered }) => [given, delivered]));
  const { hourWidth, height } = chartSize;
  const boxes = (field: 'given' | 'delivered', margin: number) =>
    hours
      .map(({ [field]: files }, index) => {
        if (files === 0) return '';
        const top = round(height - least - (files / most) * (height - 2 * least));
        return `M${index * hourWidth + margin} ${height}V${top}h${hourWidth - 2 * margin}V${height}`;
      })
      .join('');
  return { given: boxes('given', 1), delivered: boxes('delivered', 2.5) };
}

const round = (value: number) => Math.round(value * 10) / 10;
