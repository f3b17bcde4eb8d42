/** What was measured, as Markdown. */
import type { Phase } from '../peers/running-peer.ts';
import type { Comparison, Measured } from './comparisons.ts';
import { nameOf, titleOf } from './labels.ts';
import { median } from './ratios.ts';

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[heads, heads.map(() => '---'), ...rows].map(row).join('\n')}\n`;
}

/** Two or three digits say enough of what swings by some percent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

/** Throughput, latency, CPU and memory of everybody in every work. */
export function measuredTable(measured: Measured): string {
  const rows = Object.entries(measured).flatMap(([work, contestants]) =>
    Object.entries(contestants).map(([id, phases]) => [
      titleOf(work),
      nameOf(id),
      ...figuresOf(phases),
    ]),
  );
  const heads = ['work', 'who', '/s', 'p50 ms', 'p99 ms', 'CPU ms each', 'peak MiB', 'refusals'];
  return table(heads, rows);
}

function figuresOf(phases: readonly Phase[]): string[] {
  const of = (what: (phase: Phase) => number) => figure(median(phases.map(what)));
  return [
    of(({ perSecond }) => perSecond),
    of(({ p50 }) => p50),
    of(({ p99 }) => p99),
    of(({ cpu }) => cpu),
    figure(Math.max(...phases.map(({ peak }) => peak.together)) / 2 ** 20),
    refusalsOf(phases),
  ];
}

/** What was not answered well, and how often. */
function refusalsOf(phases: readonly Phase[]): string {
  const counts = new Map<string, number>();
  for (const { outcomes } of phases) {
    for (const [kind, count] of Object.entries(outcomes))
      if (!kind.startsWith('2')) counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).join(', ');
}

export function comparisonTable(lines: readonly Comparison[]): string {
  const rows = lines.map(({ work, against, target, found, isMet }) => [
    titleOf(work),
    against,
    target,
    found,
    isMet ? 'yes' : 'no',
  ]);
  return table(['work', 'against', 'target', 'measured (min–max)', 'reached'], rows);
}
