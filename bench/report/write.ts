/** Writes down a whole run: `docs/performance.md` between its two marks, its picture, and the ratios that the guard knows. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allPeers } from '../peers/all.ts';
import type { WorkloadResult } from '../workloads/workload.ts';
import { ratiosOf } from './baseline.ts';
import { drawChart } from './chart.ts';
import type { Measured } from './comparisons.ts';
import { nameOf, titleOf } from './labels.ts';
import { machineFacts } from './machine.ts';
import { comparisonTable, figure, measuredTable } from './tables.ts';

const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/performance.md');
const picture = 'pictures/performance.svg';
const recordedFile = join(import.meta.dirname, 'baseline.json');

export const sectionMarks = [
  '<!-- measured: made by `npm run bench -- --write` -->',
  '<!-- end of measured -->',
] as const;

export async function writePerformance({ measured, comparisons }: WorkloadResult): Promise<void> {
  const facts = await machineFacts();
  const parts = [
    `Measured on ${facts} The others: ${await versionsOf(measured)}.`,
    `![How many files a second each server takes and gives](${picture})`,
    comparisonTable(comparisons),
    '### Where others are faster',
    fasterOthers(measured),
    '### All figures',
    measuredTable(measured),
  ];
  const text = await readFile(page, 'utf8');
  await writeFile(
    page,
    replaceBetween(text, sectionMarks, parts.map((part) => part.trim()).join('\n\n')),
  );
  await writeFile(join(root, 'docs', picture), drawChart(measured));
  await writeFile(recordedFile, `${JSON.stringify(ratiosOf(measured), null, 2)}\n`);
}

/** What those are made of who took part. */
async function versionsOf(measured: Measured): Promise<string> {
  const present = new Set(Object.values(measured).flatMap((by) => Object.keys(by)));
  const peers = Object.values(allPeers()).filter(({ id }) => present.has(id));
  const versions = await Promise.all(peers.map((peer) => peer.versions?.()));
  return [...new Set(versions.filter((one) => one !== undefined))].join(', ');
}

/** Puts a text between two marks, for the one that is there. */
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

/** A sentence for each work in which somebody else gets more done. */
function fasterOthers(measured: Measured): string {
  const sentences = Object.entries(ratiosOf(measured)).flatMap(([work, ratios]) => {
    const faster = Object.entries(ratios)
      .filter(([id, ratio]) => ratio < 1 && id !== 'unsynced')
      .sort(([, a], [, b]) => a - b)
      .map(([id, ratio]) => `${nameOf(id)} ${figure(1 / ratio)} ×`);
    return faster.length > 0 ? [`- ${titleOf(work)}: ${faster.join(', ')}.`] : [];
  });
  return sentences.length > 0 ? sentences.join('\n') : 'Nowhere in this run.';
}
