/** Writes a whole run down: `docs/measurements/performance.md` between its markers, its chart, and the baseline of the regression guard. */
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
    `![How many files a second each server takes and gives](../${chart})`,
    comparisonTable(comparisons),
    '### Where others are faster',
    fasterPeers(measured),
    '### All figures',
    measuredTable(measured),
  ].map((section) => section.trim());
  const text = await readFile(page, 'utf8');
  await writeFile(page, replaceBetween(text, sectionMarks, sections.join('\n\n')));
  await writeFile(join(docs, chart), drawChart(measured));
  const baseline = `${JSON.stringify(ratiosOf(measured), null, 2)}\n`;
  await writeFile(join(import.meta.dirname, 'baseline.json'), baseline);
}

/** Replaces what is between two marks. Throws if they are missing. */
export function replaceBetween(
  text: string,
  [start, end]: readonly [string, string],
  middle: string,
): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from)
    throw new Error(`The text has no place between ${start} and ${end}.`);
  return `${text.slice(0, from + start.length)}\n\n${middle}\n\n${text.slice(to)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ work, against, target, found, isMet }) => [
    ...[titleOf(work), against, target, found, isMet ? 'yes' : 'no'],
  ]);
  return table(['work', 'against', 'mark', 'measured (min–max)', 'reached'], rows);
}

/** Throughput, latency, CPU and memory of every peer in every workload. */
export function measuredTable(measured: Measured): string {
  const rows = Object.entries(measured).flatMap(([work, peers]) =>
    Object.entries(peers).map(([id, phases]) => [titleOf(work), nameOf(id), ...figuresOf(phases)]),
  );
  const heads = ['work', 'who', '/s', 'p50 ms', 'p99 ms', 'CPU ms each', 'peak MiB', 'refusals'];
  return table(heads, rows);
}

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

/** A line for each workload in which a peer has the higher throughput. */
function fasterPeers(measured: Measured): string {
  const lines = Object.entries(ratiosOf(measured)).flatMap(([work, ratios]) => {
    const faster = Object.entries(ratios)
      .filter(([id, ratio]) => ratio < 1 && id !== 'unsynced')
      .sort(([, a], [, b]) => a - b)
      .map(([id, ratio]) => `${nameOf(id)} ${figure(1 / ratio)} ×`);
    return faster.length > 0 ? [`- ${titleOf(work)}: ${faster.join(', ')}.`] : [];
  });
  return lines.length > 0 ? lines.join('\n') : 'Nowhere in this run.';
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
