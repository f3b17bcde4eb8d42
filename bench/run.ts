/** A run of several works with one load generator, and what they came to. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startLoad } from './load/load.ts';
import { absentees, allPeers } from './peers/all.ts';
import { type Line, type Measured, memoryLine, rivalryLine } from './report/comparisons.ts';
import { rivalries } from './report/targets.ts';
import { putAside } from './tools/fresh-folders.ts';
import type { Bench, Results } from './workloads/workload.ts';

export type Work = (bench: Bench) => Promise<Results>;

export interface Session {
  /** Who takes part. */
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly profile?: string | undefined;
}

/** Runs works one after another, each in a folder of its own; all are thrown away in the end (see `fresh.ts`). */
export async function runWorks(
  works: Readonly<Record<string, Work>>,
  { peers, rounds, profile }: Session,
): Promise<Results> {
  const absent = await absentees(peers);
  for (const [id, reason] of absent)
    if (peers.includes(id)) console.error(`Without ${id}: ${reason}.`);
  const measured: Record<string, Measured[string]> = {};
  const lines: Line[] = [];
  const load = startLoad();
  const all = await mkdtemp(join(tmpdir(), 'rfx-bench-'));
  // It holds gigabytes, which nobody wants to find who stopped us.
  const remove = () => rmSync(all, { recursive: true, force: true, maxRetries: 9 });
  process.once('exit', remove);
  try {
    for (const [name, work] of Object.entries(works)) {
      const bench = {
        load,
        rounds,
        among: (ids: Parameters<Bench['among']>[0]) => ids.filter((id) => !absent.has(id)),
        peers: async (ids: Parameters<Bench['among']>[0], settings = {}) =>
          ids.map((id) => allPeers({ settings, profile })[id]),
        say: sayOnTerminal,
      };
      const results = await inFolder(join(all, name), (folder) => work({ ...bench, folder }));
      Object.assign(measured, results.measured);
      lines.push(...results.lines);
    }
  } finally {
    load.stop();
    process.off('exit', remove);
    remove();
  }
  const ofRivals = rivalries.flatMap((rivalry) => rivalryLine(measured, rivalry));
  return { measured, lines: [...ofRivals, ...lines, ...memoryLine(measured)] };
}

async function inFolder<T>(folder: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(folder);
  const begun = performance.now();
  try {
    return await work(folder);
  } finally {
    sayOnTerminal('');
    console.error(`${basename(folder)}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    await putAside(folder);
  }
}

/** On a line that the next one replaces; nowhere where that cannot be. */
function sayOnTerminal(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}
