/** Writes the results of a whole run: `docs/measurements/performance.md` between its marks, all figures, the chart, and the baseline of the guard. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { allPeers } from '../peers/all.ts';
import type { Phase } from '../peers/running-peer.ts';
import type { WorkloadResult } from '../workloads/workload.ts';
import { drawChart } from './chart.ts';
import { figure, nameOf, titleOf } from './labels.ts';
import { median, ratiosOf } from './ratios.ts';
import type { Comparison, Measured } from './types.ts';

export const sectionMarks = [
  '<!-- measured: made by `npm run bench -- --write` -->',
  '<!-- end of measured -->',
] as const;

export async function writePerformance({ measured, comparisons }: WorkloadResult): Promise<void> {
  const docs = join(import.meta.dirname, '../../docs');
  const page = join(docs, 'measurements/performance.md');
  const chart = 'pictures/performance.svg';
  const sections = [
    `Measured on ${await machineFacts()} The others: ${await versionsOf(measured)}.`,
    `![Files a second of each server](../${chart})`,
    comparisonTable(comparisons),
    'The chart also shows where others are faster; [all figures](performance.csv) of this run.',
  ].map((section) => section.trim());
  const text = await readFile(page, 'utf8');
  await writeFile(page, replaceBetween(text, sectionMarks, sections.join('\n\n')));
  await writeFile(join(docs, 'measurements/performance.csv'), measuredCsv(measured));
  await writeFile(join(docs, chart), drawChart(measured));
  const baseline = `${JSON.stringify(ratiosOf(measured), null, 2)}\n`;
  await writeFile(join(import.meta.dirname, 'baseline.json'), baseline);
}

/** Replaces what is between two marks. Throws if they are missing. */
export function replaceBetween(text: string, [start, end]: readonly [string, string], middle: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`The text has no place between ${start} and ${end}.`);
  return `${text.slice(0, from + start.length)}\n\n${middle}\n\n${text.slice(to)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ work, against, target, found, isMet }, index) => [
    comparisons[index - 1]?.work === work ? '' : titleOf(work),
    ...[against, target, found, isMet ? 'yes' : 'no'],
  ]);
  return table(['workload', 'against', 'target', 'median (min–max)', 'met'], rows);
}

const measuredHeads = [...['workload', 'server', '/s', 'p50 ms', 'p99 ms'], ...['CPU ms each', 'peak MiB', 'refusals']];

/** Throughput, latency, CPU and memory of every peer in every workload. */
export const measuredTable = (measured: Measured): string => table(measuredHeads, measuredRows(measured));

/** The same as `measuredTable`, in the format of RFC 4180 and without separators of thousands. */
export function measuredCsv(measured: Measured): string {
  const quoted = (cell: string) => {
    const plain = /^\d+(?:,\d{3})+$/.test(cell) ? cell.replaceAll(',', '') : cell;
    return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const lines = [measuredHeads, ...measuredRows(measured)];
  return lines.map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

const measuredRows = (measured: Measured): string[][] =>
  Object.entries(measured).flatMap(([work, peers]) =>
    Object.entries(peers).map(([id, phases]) => [titleOf(work), nameOf(id), ...figuresOf(phases)]),
  );

function figuresOf(phases: readonly Phase[]): string[] {
  const medians = (['perSecond', 'p50', 'p99', 'cpu'] as const).map((name) =>
    figure(median(phases.map((phase) => phase[name]))),
  );
  const peak = Math.max(...phases.map(({ peak }) => peak.together)) / 2 ** 20;
  const refusals = new Map<string, number>();
  for (const [kind, count] of phases.flatMap(({ outcomes }) => Object.entries(outcomes)))
    if (!kind.startsWith('2')) refusals.set(kind, (refusals.get(kind) ?? 0) + count);
  const counts = [...refusals].map(([kind, count]) => `${count} × ${kind}`);
  return [...medians, figure(peak), counts.join(', ')];
}

async function versionsOf(measured: Measured): Promise<string> {
  const present = new Set(Object.values(measured).flatMap((peers) => Object.keys(peers)));
  const peers = Object.values(allPeers()).filter(({ id }) => present.has(id));
  const versions = await Promise.all(peers.map((peer) => peer.versions?.()));
  return [...new Set(versions.filter((one) => one !== undefined))].join(', ');
}

async function machineFacts(): Promise<string> {
  const day = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model ?? 'unknown';
  const memory = Math.round(totalmem() / 2 ** 30);
  const fileSystem = execFileSync('findmnt', ['-no', 'FSTYPE', '-T', tmpdir()]).toString().trim();
  return (
    `${day}, on ${availableParallelism()} cores of ${model} with ${memory} GiB, Linux ${release()}, ` +
    `${fileSystem} where 4 KiB are written and synced in ${(await syncTime()).toFixed(2)} ms, ` +
    `Node.js ${process.versions.node}.`
  );
}

/** The median time of a synced write of 4 KiB, in milliseconds. */
async function syncTime(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-sync-'));
  const file = await open(join(folder, 'file'), 'w');
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    const begun = performance.now();
    await file.write(Buffer.alloc(4096, 'a'), 0, 4096, n * 4096);
    await file.datasync();
    times.push(performance.now() - begun);
  }
  await file.close();
  await rm(folder, { recursive: true });
  return median(times);
}
