/** Runs workloads with one load generator and collects their results. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startLoadGenerator } from './load/load.ts';
import { absentPeers, allPeers } from './peers/all.ts';
import { compareMemory, compareThroughput, targets } from './report/comparisons.ts';
import type { Comparison, Measured } from './report/types.ts';
import { putAside } from './tools/fresh-folders.ts';
import type { BenchContext, WorkloadResult } from './workloads/workload.ts';

export type Workload = (bench: BenchContext) => Promise<WorkloadResult>;

export interface RunOptions {
  /** The ids of the peers that take part. */
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly profile?: string | undefined;
}

/** Runs each workload in a folder of its own. All folders are removed at the end (see `fresh-folders.ts`). */
export async function runWorkloads(
  works: Readonly<Record<string, Workload>>,
  { peers, rounds, profile }: RunOptions,
): Promise<WorkloadResult> {
  const absent = await absentPeers(peers);
  for (const [id, reason] of absent) if (peers.includes(id)) console.error(`Without ${id}: ${reason}.`);
  const measured: Record<string, Measured[string]> = {};
  const lines: Comparison[] = [];
  const generator = startLoadGenerator();
  const all = await mkdtemp(join(tmpdir(), 'rfx-bench-'));
  // It holds gigabytes, which must not stay behind when a signal ends us.
  const remove = () => rmSync(all, { recursive: true, force: true, maxRetries: 9 });
  process.once('exit', remove);
  try {
    for (const [name, work] of Object.entries(works)) {
      const bench = {
        generator,
        rounds,
        among: (ids: Parameters<BenchContext['among']>[0]) => ids.filter((id) => !absent.has(id)),
        peers: async (ids: Parameters<BenchContext['among']>[0], settings = {}) =>
          ids.map((id) => allPeers({ settings, profile })[id]),
        status: sayOnTerminal,
      };
      const results = await inFolder(join(all, name), (folder) => work({ ...bench, folder }));
      Object.assign(measured, results.measured);
      lines.push(...results.comparisons);
    }
  } finally {
    generator.stop();
    process.off('exit', remove);
    remove();
  }
  const ofRivals = targets.flatMap((rivalry) => compareThroughput(measured, rivalry));
  return { measured, comparisons: [...ofRivals, ...lines, ...compareMemory(measured)] };
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

/** Prints on a line that the next call overwrites, if there is a terminal. */
function sayOnTerminal(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}
