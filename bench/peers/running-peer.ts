/** A peer that runs, what it holds, and what a phase of load on it comes to. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadGenerator } from '../load/load.ts';
import type { LoadPlan, RequestResult } from '../load/load-plan.ts';
import type { RequestTemplate } from '../load/request-plan.ts';
import { freshFolder } from '../tools/fresh-folders.ts';
import { cpuTime, type Peak, peakOf, resetPeak } from '../tools/processes.ts';
import type { Peer, PeerDownload, PeerProcess } from './peer.ts';

const run = promisify(execFile);

export interface RunningPeer {
  readonly peer: Peer;
  readonly running: PeerProcess;
  /** The number that the next upload gets; those from `first` on are there. */
  next: number;
  first: number;
  /** How many files can be downloaded. */
  available: number;
}

export async function startPeer(peer: Peer, place: string): Promise<RunningPeer> {
  const folder = join(place, peer.id);
  if (!existsSync(folder)) await freshFolder(folder);
  return { peer, running: await peer.start(folder), next: 1, first: 1, available: 0 };
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
  readonly outcomes: Readonly<Record<string, number>>;
}

/** How much load at most. */
export interface LoadAmount {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Puts load on a contestant and measures what it does with it. */
export async function measure(
  load: LoadGenerator,
  { running: { port, pid } }: Pick<RunningPeer, 'running'>,
  order: Omit<LoadPlan, 'addressesFrom' | 'port'>,
): Promise<{
  phase: Phase;
  requests: readonly RequestResult[];
  started: number;
  prefixes: readonly string[];
}> {
  await resetPeak(pid);
  const before = await cpuTime(pid);
  const { seconds, requests, started, prefixes } = await load.run({ ...order, port });
  const used = (await cpuTime(pid)) - before;
  const { good = 0, outcomes = {}, p50 = Number.NaN, p99 = Number.NaN } = requests.at(-1) ?? {};
  const phase = {
    perSecond: good / seconds,
    p50,
    p99,
    cpu: used / good,
    peak: await peakOf(pid),
    good,
    outcomes,
  };
  return { phase, requests, started, prefixes };
}

export async function uploads(
  load: LoadGenerator,
  contestant: RunningPeer,
  size: number,
  amount: LoadAmount,
): Promise<Phase> {
  const requests = [contestant.running.upload(size)];
  const order = { ...amount, requests, numbers: { from: contestant.next } };
  const { phase, started } = await measure(load, contestant, order);
  contestant.next += started;
  contestant.available += phase.good;
  return phase;
}

/** Downloads files at random; where they are taken away, no more than there are. */
export async function downloads(
  load: LoadGenerator,
  contestant: RunningPeer,
  step: RequestTemplate,
  amount: LoadAmount,
): Promise<Phase> {
  const takes = contestant.running.download?.mode === 'takes';
  const rounds = takes ? Math.min(amount.rounds, contestant.available) : amount.rounds;
  const numbers = { from: contestant.first, amongFirst: contestant.available };
  const { phase, started } = await measure(load, contestant, {
    ...amount,
    rounds,
    requests: [step],
    numbers,
  });
  if (takes) contestant.available -= started;
  return phase;
}

/** Where a file is asked for by name, so many are enough to be random. */
const enoughNames = 500;

/** Makes sure that there are so many files to download; where the number of files counts, exactly so many. */
export async function fillPeer(
  load: LoadGenerator,
  contestant: RunningPeer,
  download: PeerDownload,
  size: number,
  count: number,
): Promise<void> {
  if (download.place) {
    await emptyPeer(load, contestant, size);
    await download.place(count, size);
    contestant.available = count;
    return;
  }
  const wanted = download.mode === 'names' ? Math.min(count, enoughNames) : count;
  const lacking = wanted - contestant.available;
  if (lacking <= 0) return;
  await uploads(load, contestant, size, { connections: 8, seconds: 60, rounds: lacking });
}

/** More bytes than this are not left lying until the next round. */
const muchLeft = 2 ** 29;

/** Lets files go where they can be let go of at once; else by drawing them, when they are many bytes. */
export async function emptyPeer(
  load: LoadGenerator,
  contestant: RunningPeer,
  size: number,
): Promise<void> {
  const { clear, download } = contestant.running;
  if (clear) {
    await clear();
    contestant.first = contestant.next;
    contestant.available = 0;
  } else if (download?.mode === 'takes' && contestant.available * size > muchLeft) {
    const amount = { connections: 4, seconds: 60, rounds: contestant.available };
    await downloads(load, contestant, download.step(size), amount);
  }
}

/** Nobody shall pay for bytes that somebody else left to be written. */
export async function settleDisk(): Promise<void> {
  await run('sync');
}
