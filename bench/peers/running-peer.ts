/** A running peer, its stock of files, and the measurement of a phase of load. */
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
  /** The number of the next upload; files from `first` on exist. */
  next: number;
  first: number;
  /** Files that can be downloaded. */
  available: number;
}

export async function startPeer(peer: Peer, place: string): Promise<RunningPeer> {
  const folder = join(place, peer.id);
  if (!existsSync(folder)) await freshFolder(folder);
  return { peer, running: await peer.start(folder), next: 1, first: 1, available: 0 };
}

/** The result of one phase. */
export interface Phase {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds of all cores for each good response. */
  readonly cpu: number;
  /** The peak of resident memory. */
  readonly peak: Peak;
  readonly good: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** The limits of a load. */
export interface LoadAmount {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Runs a load on a peer and measures both. */
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

/** Downloads random files; where downloads remove files, at most as many as there are. */
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

/** Enough files for random requests by name. */
const enoughNames = 500;

/**
 * Uploads files until there are `count` of them. Where files can be placed directly, there are exactly `count`.
 */
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

/** More bytes than this do not stay until the next round. */
const muchLeft = 2 ** 29;

/** Deletes files where that is quick. Otherwise draws them if they are many bytes. */
export async function emptyPeer(load: LoadGenerator, contestant: RunningPeer, size: number): Promise<void> {
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

/**
 * Writes back what earlier peers left in the page cache, so that the next measurement does not pay for it.
 */
export async function settleDisk(): Promise<void> {
  await run('sync');
}
