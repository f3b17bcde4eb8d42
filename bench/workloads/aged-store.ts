/** What creating a gift costs where many were given and drawn: folders do not forget what was in them. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Contestant,
  downloads,
  enter,
  type Phase,
  settleDisk,
  uploads,
} from '../peers/running-peer.ts';
import { patienceLine } from '../report/comparisons.ts';
import type { Bench, Results } from './workload.ts';

const deletions = 30_000;
const size = 4096;
const many = { connections: 32, seconds: 120, rounds: deletions };
const some = { connections: 32, seconds: 1.5, rounds: Number.POSITIVE_INFINITY };
const few = { ...some, seconds: 0.3 };

/** Bytes go soon after they arrived, and are looked for as often. */
const settings = { GRACE: '1s', LEASE: '10s' };

export async function agedWork(bench: Bench): Promise<Results> {
  const [peer] = await bench.peers(bench.among(['ours']), settings);
  if (!peer) return { measured: {}, lines: [] };
  const places = ['fresh', 'aged'].map((name) => join(bench.folder, name));
  for (const place of places) await mkdir(place);
  const [fresh, aged] = await Promise.all(places.map((place) => enter(peer, place)));
  const measured: Record<string, Phase[]> = { 'ours, fresh': [], 'ours, aged': [] };
  if (!fresh || !aged) return { measured: {}, lines: [] };
  try {
    await age(bench, aged, places[1] ?? '');
    // A program that has done nothing yet is slow for another reason.
    await uploads(bench.load, fresh, size, { ...many, rounds: deletions / 10 });
    for (let round = 0; round < bench.rounds; round++) {
      measured['ours, fresh']?.push(await create(bench, fresh));
      measured['ours, aged']?.push(await create(bench, aged));
    }
  } finally {
    for (const { running } of [fresh, aged]) await running.stop();
  }
  const line = patienceLine(
    {
      work: 'creation',
      against: `after ${deletions.toLocaleString('en')} deletions against fresh, p50`,
    },
    2,
    measured['ours, aged'],
    measured['ours, fresh'],
  );
  return { measured: { creation: measured }, lines: line };
}

async function age({ load, say }: Bench, one: Contestant, place: string): Promise<void> {
  say(`giving ${deletions} gifts`);
  await uploads(load, one, size, many);
  const { download } = one.running;
  if (!download) return;
  say(`drawing ${deletions} gifts`);
  await downloads(load, one, download.step(size), many);
  say('waiting until their bytes are gone');
  await deleted(join(place, one.peer.id));
}

/** Files go in steps; when nothing more has gone for as long as the longest of them, all is gone that goes. */
async function deleted(folder: string): Promise<void> {
  const patience = 13_000;
  let [fewest, since] = [Number.POSITIVE_INFINITY, performance.now()];
  while (performance.now() - since < patience) {
    const { length } = await readdir(folder, { recursive: true });
    if (length < fewest) [fewest, since] = [length, performance.now()];
    await wait(500);
  }
}

async function create({ load, say }: Bench, one: Contestant): Promise<Phase> {
  say('creating gifts');
  await settleDisk();
  await uploads(load, one, size, few);
  return uploads(load, one, size, some);
}
