/** Many processes of one program, one after another: a process may keep a slow mode for its whole life, which a median hides. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer } from '../peers/peer.ts';
import { type Phase, settleDisk, startPeer, uploads } from '../peers/running-peer.ts';
import { compareProcesses } from '../report/comparisons.ts';
import type { BenchContext, WorkloadResult } from './workload.ts';

const processes = 20;
const size = 4096;
const some = { connections: 32, seconds: 1.5, rounds: Number.POSITIVE_INFINITY };
/** V8 compiles for some seconds, and how far it has come would hide the mode. */
const warmUp = { ...some, seconds: 4 };

/** Bare Node.js is measured after each of them: the machine itself is faster and slower in turns. */
export async function runSameProgram(bench: BenchContext): Promise<WorkloadResult> {
  const [peer] = await bench.peers(bench.among(['ours']));
  const [bare] = await bench.peers(bench.among(['bare']));
  if (!peer || !bare) return { measured: {}, comparisons: [] };
  const yardstick = await startPeer(bare, bench.folder);
  const measured: Record<'ours' | 'bare', Phase[]> = { ours: [], bare: [] };
  try {
    await uploads(bench.generator, yardstick, size, warmUp);
    for (let number = 1; number <= processes; number++) {
      bench.status(`processes: ${number} of ${processes}`);
      measured.ours.push(await measureOne(bench, peer, join(bench.folder, String(number))));
      measured.bare.push(await uploads(bench.generator, yardstick, size, some));
    }
  } finally {
    await yardstick.running.stop();
  }
  return { measured: { processes: measured }, comparisons: compareProcesses(measured.ours, measured.bare) };
}

async function measureOne({ generator }: BenchContext, peer: Peer, place: string): Promise<Phase> {
  await mkdir(place);
  const one = await startPeer(peer, place);
  try {
    await uploads(generator, one, size, warmUp);
    await settleDisk();
    return await uploads(generator, one, size, some);
  } finally {
    await one.running.stop();
  }
}
