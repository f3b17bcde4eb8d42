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

export async function runSameProgram(bench: BenchContext): Promise<WorkloadResult> {
  const [peer] = await bench.peers(bench.among(['ours']));
  if (!peer) return { measured: {}, comparisons: [] };
  const phases: Phase[] = [];
  for (let number = 1; number <= processes; number++) {
    bench.status(`processes: ${number} of ${processes}`);
    phases.push(await measureOne(bench, peer, join(bench.folder, String(number))));
  }
  return { measured: { processes: { ours: phases } }, comparisons: compareProcesses(phases) };
}

async function measureOne({ generator }: BenchContext, peer: Peer, place: string): Promise<Phase> {
  await mkdir(place);
  const one = await startPeer(peer, place);
  try {
    // A cold program would be slow for another reason.
    await uploads(generator, one, size, some);
    await settleDisk();
    return await uploads(generator, one, size, some);
  } finally {
    await one.running.stop();
  }
}
