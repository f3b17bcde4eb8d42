/** The cost of creating a gift after many were given and drawn: folders keep traces of deleted files. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { downloads, type Phase, type RunningPeer, settleDisk, startPeer, uploads } from '../peers/running-peer.ts';
import { compareLatency } from '../report/comparisons.ts';
import type { BenchContext, WorkloadResult } from './workload.ts';

const deletions = 30_000;
const size = 4096;
const many = { connections: 32, seconds: 120, rounds: deletions };
const some = { connections: 32, seconds: 1.5, rounds: Number.POSITIVE_INFINITY };
const few = { ...some, seconds: 0.3 };

/** Bytes are removed soon after their arrival, and swept as often. */
const settings = { GRACE: '1s', LEASE: '10s' };

export async function runAgedStore(bench: BenchContext): Promise<WorkloadResult> {
  const [peer] = await bench.peers(bench.among(['ours']), settings);
  if (!peer) return { measured: {}, comparisons: [] };
  const places = ['fresh', 'aged'].map((name) => join(bench.folder, name));
  for (const place of places) await mkdir(place);
  const [fresh, aged] = await Promise.all(places.map((place) => startPeer(peer, place)));
  const measured: Record<string, Phase[]> = { 'ours, fresh': [], 'ours, aged': [] };
  if (!fresh || !aged) return { measured: {}, comparisons: [] };
  try {
    await age(bench, aged, places[1] ?? '');
    // A cold program would be slow for another reason.
    await uploads(bench.generator, fresh, size, { ...many, rounds: deletions / 10 });
    for (let round = 0; round < bench.rounds; round++) {
      measured['ours, fresh']?.push(await create(bench, fresh));
      measured['ours, aged']?.push(await create(bench, aged));
    }
  } finally {
    for (const { running } of [fresh, aged]) await running.stop();
  }
  const line = compareLatency(
    {
      work: 'creation',
      against: `after ${deletions.toLocaleString('en')} deletions against fresh, p50`,
    },
    2,
    measured['ours, aged'],
    measured['ours, fresh'],
  );
  return { measured: { creation: measured }, comparisons: line };
}

async function age({ generator, status }: BenchContext, one: RunningPeer, place: string): Promise<void> {
  status(`giving ${deletions} gifts`);
  await uploads(generator, one, size, many);
  const { download } = one.running;
  if (!download) return;
  status(`drawing ${deletions} gifts`);
  await downloads(generator, one, download.step(size), many);
  status('waiting until their bytes are gone');
  await deleted(join(place, one.peer.id));
}

/**
 * Deletions come in batches. They are over when none happened for longer than the interval between batches.
 */
async function deleted(folder: string): Promise<void> {
  const quietMs = 13_000;
  let [fewest, since] = [Number.POSITIVE_INFINITY, performance.now()];
  while (performance.now() - since < quietMs) {
    const { length } = await readdir(folder, { recursive: true });
    if (length < fewest) [fewest, since] = [length, performance.now()];
    await wait(500);
  }
}

async function create({ generator, status }: BenchContext, one: RunningPeer): Promise<Phase> {
  status('creating gifts');
  await settleDisk();
  await uploads(generator, one, size, few);
  return uploads(generator, one, size, some);
}
