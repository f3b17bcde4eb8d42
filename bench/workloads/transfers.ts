/** Uploads, then random downloads of what was uploaded, of files of one size: every contestant in turn, round by round. */

import type { PeerId } from '../peers/peer.ts';
import {
  type Amount,
  type Contestant,
  downloads,
  empty,
  enter,
  fill,
  type Phase,
  settleDisk,
  uploads,
} from '../peers/running-peer.ts';
import type { Bench, Results } from './workload.ts';

export interface Transfer {
  readonly size: number;
  /** How many files there are, or wait in the pool, when downloads begin. */
  readonly pool: number;
  readonly amount: Amount;
  /** Who takes part in each direction. */
  readonly up: readonly PeerId[];
  readonly down: readonly PeerId[];
  /** Of the exchange. */
  readonly settings?: Readonly<Record<string, string>>;
}

const uploaders: readonly PeerId[] = [
  'ours',
  'gunicorn',
  'flask',
  'fastify',
  'tus',
  'nginx',
  'bare',
];
const downloaders: readonly PeerId[] = ['ours', 'gunicorn', 'flask', 'tus', 'nginx', 'bare'];

/** So large a file passes the first version's limit with the form around it. */
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

/** Before each measurement goes a little of the same: memory that the machine's owner took back is slow at first. */
const warmUp = ({ connections, rounds }: Amount): Amount => ({
  connections,
  seconds: 0.4,
  rounds: Math.max(connections, Math.min(rounds / 10, 400)),
});

export type Direction = 'up' | 'down';

/** Runs one size in the directions that are wanted. */
export async function transferWork(
  name: string,
  transfer: Transfer,
  directions: readonly Direction[],
  bench: Bench,
): Promise<Results> {
  const { load, folder, rounds, say } = bench;
  const taking = {
    up: directions.includes('up') ? bench.among(transfer.up) : [],
    down: directions.includes('down') ? bench.among(transfer.down) : [],
  };
  const peers = await bench.peers([...new Set([...taking.up, ...taking.down])], transfer.settings);
  const contestants: Contestant[] = [];
  const measured: Record<string, Record<string, Phase[]>> = {};
  const run = async (direction: Direction, phase: typeof uploadPhase) => {
    for (const one of contestants) {
      const { id } = one.peer;
      if (!taking[direction].includes(id)) continue;
      say(`${name}-${direction}: ${one.peer.name}`);
      const work = measured[`${name}-${direction}`] ?? {};
      measured[`${name}-${direction}`] = work;
      work[id] = [...(work[id] ?? []), await phase(one, transfer, load)];
      if (direction === 'down' || !taking.down.includes(id)) await empty(load, one, transfer.size);
    }
  };
  try {
    for (const peer of peers) contestants.push(await enter(peer, folder));
    for (const one of contestants) {
      say(`${name}: breaking in ${one.peer.name}`);
      await breakIn(load, one);
    }
    for (let round = 0; round < rounds; round++) {
      await run('up', uploadPhase);
      await run('down', downloadPhase);
    }
  } finally {
    for (const { running } of contestants) await running.stop();
  }
  return { measured, lines: [] };
}

const small = 4096;
const aWhile: Amount = { connections: 32, seconds: 2, rounds: Number.POSITIVE_INFINITY };

/** A server that has run for a day has its code compiled: each gets small files for a while first, and loses them again. */
async function breakIn(load: Bench['load'], one: Contestant): Promise<void> {
  const { clear, download } = one.running;
  await uploads(load, one, small, aWhile);
  if (download) {
    const all = { ...aWhile, seconds: 60, rounds: one.stock };
    await downloads(load, one, download.step(small), clear ? aWhile : all);
  }
  await empty(load, one, small);
}

async function uploadPhase(one: Contestant, { size, amount }: Transfer, load: Bench['load']) {
  await settleDisk();
  await uploads(load, one, size, warmUp(amount));
  return uploads(load, one, size, amount);
}

async function downloadPhase(
  one: Contestant,
  { size, pool, amount }: Transfer,
  load: Bench['load'],
): Promise<Phase> {
  const { download } = one.running;
  if (!download) throw new Error(`${one.peer.name} has nothing to download`);
  await fill(load, one, download, size, pool);
  await settleDisk();
  const step = download.step(size);
  await downloads(load, one, step, warmUp(amount));
  return downloads(load, one, step, amount);
}
