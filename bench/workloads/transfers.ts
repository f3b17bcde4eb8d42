/** Uploads, then random downloads of the same files, of one size; the peers take turns, round by round. */

import type { PeerId } from '../peers/peer.ts';
import {
  downloads,
  emptyPeer,
  fillPeer,
  type LoadAmount,
  type Phase,
  type RunningPeer,
  settleDisk,
  startPeer,
  uploads,
} from '../peers/running-peer.ts';
import type { BenchContext, WorkloadResult } from './workload.ts';

export interface Transfer {
  readonly size: number;
  /** Files that exist when downloads begin. */
  readonly pool: number;
  readonly amount: LoadAmount;
  /** The peers in each direction. */
  readonly up: readonly PeerId[];
  readonly down: readonly PeerId[];
  /** Settings of the exchange. */
  readonly settings?: Readonly<Record<string, string>>;
}

const uploaders: readonly PeerId[] = ['ours', 'gunicorn', 'flask', 'fastify', 'tus', 'nginx', 'bare'];
const downloaders: readonly PeerId[] = ['ours', 'gunicorn', 'flask', 'tus', 'nginx', 'bare'];

/** The first version's limit leaves room for a file of this size and its form. */
const large = { size: 50_000_000, up: [...uploaders, 'unsynced'], down: downloaders } as const;

export const transfers: Readonly<Record<string, Transfer>> = {
  '4k': {
    size: 4096,
    pool: 5_000,
    amount: { connections: 32, seconds: 1.5, rounds: Number.POSITIVE_INFINITY },
    up: uploaders,
    down: downloaders,
  },
  '1m': {
    size: 1_048_576,
    pool: 300,
    amount: { connections: 8, seconds: 1.5, rounds: 1_000 },
    up: uploaders,
    down: downloaders,
  },
  '50m': { ...large, pool: 20, amount: { connections: 1, seconds: 2, rounds: 20 } },
  '50m4': {
    ...large,
    pool: 28,
    amount: { connections: 4, seconds: 2, rounds: 28 },
    settings: { WORKERS: '2' },
  },
};

/** A little load before each measurement: memory that the hypervisor took back is slow at first. */
const warmUp = ({ connections, rounds }: LoadAmount): LoadAmount => ({
  connections,
  seconds: 0.4,
  rounds: Math.max(connections, Math.min(rounds / 10, 400)),
});

export type Direction = 'up' | 'down';

/** Runs one size in the wanted directions. */
export async function runTransfer(
  name: string,
  transfer: Transfer,
  directions: readonly Direction[],
  bench: BenchContext,
): Promise<WorkloadResult> {
  const { generator, folder, rounds, status } = bench;
  const taking = {
    up: directions.includes('up') ? bench.among(transfer.up) : [],
    down: directions.includes('down') ? bench.among(transfer.down) : [],
  };
  const peers = await bench.peers([...new Set([...taking.up, ...taking.down])], transfer.settings);
  const contestants: RunningPeer[] = [];
  const measured: Record<string, Record<string, Phase[]>> = {};
  const run = async (direction: Direction, phase: typeof uploadPhase) => {
    for (const one of contestants) {
      const { id } = one.peer;
      if (!taking[direction].includes(id)) continue;
      status(`${name}-${direction}: ${one.peer.name}`);
      const work = measured[`${name}-${direction}`] ?? {};
      measured[`${name}-${direction}`] = work;
      work[id] = [...(work[id] ?? []), await phase(one, transfer, generator)];
      if (direction === 'down' || !taking.down.includes(id)) await emptyPeer(generator, one, transfer.size);
    }
  };
  try {
    for (const peer of peers) contestants.push(await startPeer(peer, folder));
    for (const one of contestants) {
      status(`${name}: breaking in ${one.peer.name}`);
      await breakIn(generator, one);
    }
    for (let round = 0; round < rounds; round++) {
      await run('up', uploadPhase);
      await run('down', downloadPhase);
    }
  } finally {
    for (const { running } of contestants) await running.stop();
  }
  return { measured, comparisons: [] };
}

const small = 4096;
const aWhile: LoadAmount = { connections: 32, seconds: 2, rounds: Number.POSITIVE_INFINITY };

/** Uploads and removes small files for a while: after a day a server has its code compiled. */
async function breakIn(generator: BenchContext['generator'], one: RunningPeer): Promise<void> {
  const { clear, download } = one.running;
  await uploads(generator, one, small, aWhile);
  if (download) {
    const all = { ...aWhile, seconds: 60, rounds: one.available };
    await downloads(generator, one, download.step(small), clear ? aWhile : all);
  }
  await emptyPeer(generator, one, small);
}

async function uploadPhase(one: RunningPeer, { size, amount }: Transfer, generator: BenchContext['generator']) {
  await settleDisk();
  await uploads(generator, one, size, warmUp(amount));
  return uploads(generator, one, size, amount);
}

async function downloadPhase(
  one: RunningPeer,
  { size, pool, amount }: Transfer,
  generator: BenchContext['generator'],
): Promise<Phase> {
  const { download } = one.running;
  if (!download) throw new Error(`${one.peer.name} has nothing to download`);
  await fillPeer(generator, one, download, size, pool);
  await settleDisk();
  const step = download.step(size);
  await downloads(generator, one, step, warmUp(amount));
  return downloads(generator, one, step, amount);
}
