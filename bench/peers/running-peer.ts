/** A peer that runs, what it holds, and what a phase of load on it comes to. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Load } from '../load/load.ts';
import type { Order, StepTold } from '../load/load-plan.ts';
import type { Step } from '../load/request-plan.ts';
import { freshFolder } from '../tools/fresh-folders.ts';
import { cpuTime, forgetPeak, type Peak, peakOf } from '../tools/processes.ts';
import type { Download, Peer, Running } from './peer.ts';

const run = promisify(execFile);

export interface Contestant {
  readonly peer: Peer;
  readonly running: Running;
  /** The number that the next upload gets; those from `first` on are there. */
  next: number;
  first: number;
  /** How many files can be downloaded. */
  stock: number;
}

export async function enter(peer: Peer, place: string): Promise<Contestant> {
  const folder = join(place, peer.id);
  if (!existsSync(folder)) await freshFolder(folder);
  return { peer, running: await peer.start(folder), next: 1, first: 1, stock: 0 };
}

/** What one phase came to. */
export interface Phase {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of all cores for each good answer. */
  readonly cpu: number;
  /** The most that was resident. */
  readonly peak: Peak;
  readonly good: number;
  readonly kinds: Readonly<Record<string, number>>;
}

/** How much load at most. */
export interface Amount {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Puts load on a contestant and measures what it does with it. */
export async function measure(
  load: Load,
  { running: { port, pid } }: Pick<Contestant, 'running'>,
  order: Omit<Order, 'addressesFrom' | 'port'>,
): Promise<{
  phase: Phase;
  steps: readonly StepTold[];
  begun: number;
  beginnings: readonly string[];
}> {
  await forgetPeak(pid);
  const before = await cpuTime(pid);
  const { seconds, steps, begun, beginnings } = await load.drive({ ...order, port });
  const used = (await cpuTime(pid)) - before;
  const { good = 0, kinds = {}, p50 = Number.NaN, p99 = Number.NaN } = steps.at(-1) ?? {};
  const phase = {
    perSecond: good / seconds,
    p50,
    p99,
    cpu: used / good,
    peak: await peakOf(pid),
    good,
    kinds,
  };
  return { phase, steps, begun, beginnings };
}

export async function uploads(
  load: Load,
  contestant: Contestant,
  size: number,
  amount: Amount,
): Promise<Phase> {
  const steps = [contestant.running.upload(size)];
  const order = { ...amount, steps, numbers: { from: contestant.next } };
  const { phase, begun } = await measure(load, contestant, order);
  contestant.next += begun;
  contestant.stock += phase.good;
  return phase;
}

/** Downloads files at random; where they are taken away, no more than there are. */
export async function downloads(
  load: Load,
  contestant: Contestant,
  step: Step,
  amount: Amount,
): Promise<Phase> {
  const takes = contestant.running.download?.manner === 'takes';
  const rounds = takes ? Math.min(amount.rounds, contestant.stock) : amount.rounds;
  const numbers = { from: contestant.first, amongFirst: contestant.stock };
  const { phase, begun } = await measure(load, contestant, {
    ...amount,
    rounds,
    steps: [step],
    numbers,
  });
  if (takes) contestant.stock -= begun;
  return phase;
}

/** Where a file is asked for by name, so many are enough to be random. */
const enoughNames = 500;

/** Makes sure that there are so many files to download; where the number of files counts, exactly so many. */
export async function fill(
  load: Load,
  contestant: Contestant,
  download: Download,
  size: number,
  count: number,
): Promise<void> {
  if (download.place) {
    await empty(load, contestant, size);
    await download.place(count, size);
    contestant.stock = count;
    return;
  }
  const wanted = download.manner === 'names' ? Math.min(count, enoughNames) : count;
  const lacking = wanted - contestant.stock;
  if (lacking <= 0) return;
  await uploads(load, contestant, size, { connections: 8, seconds: 60, rounds: lacking });
}

/** More bytes than this are not left lying until the next round. */
const muchLeft = 2 ** 29;

/** Lets files go where they can be let go of at once; else by drawing them, when they are many bytes. */
export async function empty(load: Load, contestant: Contestant, size: number): Promise<void> {
  const { clear, download } = contestant.running;
  if (clear) {
    await clear();
    contestant.first = contestant.next;
    contestant.stock = 0;
  } else if (download?.manner === 'takes' && contestant.stock * size > muchLeft) {
    const amount = { connections: 4, seconds: 60, rounds: contestant.stock };
    await downloads(load, contestant, download.step(size), amount);
  }
}

/** Nobody shall pay for bytes that somebody else left to be written. */
export async function settleDisk(): Promise<void> {
  await run('sync');
}
