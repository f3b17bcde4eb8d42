/** Many clients draw at once until the pool is empty: no error, no file twice, no file lost. */

import { numberMark, request } from '../load/request-plan.ts';
import { measure, type Phase, type RunningPeer, startPeer, uploads } from '../peers/running-peer.ts';
import type { Comparison } from '../report/types.ts';
import type { BenchContext, WorkloadResult } from './workload.ts';

const gifts = 2_000;
const drawers = 32;
const size = 4096;

interface Emptied {
  readonly phase: Phase;
  readonly errors: number;
  readonly twice: number;
  readonly lost: number;
}

export async function runConcurrentDraws(bench: BenchContext): Promise<WorkloadResult> {
  const measured: Record<string, Phase[]> = {};
  const comparisons: Comparison[] = [];
  for (const peer of await bench.peers(bench.among(['ours', 'flask']))) {
    bench.status(`drawers: ${peer.name}`);
    const contestant = await startPeer(peer, bench.folder);
    try {
      const emptied = await emptyPool(bench, contestant);
      measured[peer.id] = [emptied.phase];
      if (peer.id === 'ours') comparisons.push(lineOf(emptied));
      else console.error(`${peer.name}, ${drawers} drawers: ${said(emptied)}`);
    } finally {
      await contestant.running.stop();
    }
  }
  return { measured: { drawers: measured }, comparisons };
}

/** Gives all gifts, each known by its number, then draws them all and a few more, which find nothing. */
async function emptyPool({ generator }: BenchContext, one: RunningPeer): Promise<Emptied> {
  await uploads(generator, one, size, { connections: 8, seconds: 60, rounds: gifts });
  const { phase, prefixes } = await measure(generator, one, {
    connections: drawers,
    seconds: 120,
    rounds: gifts + 2 * drawers,
    requests: [{ ...request('GET /api/download'), responseSize: size }],
    numbers: { from: 0 },
    prefixBytes: numberMark.length,
  });
  const different = new Set(prefixes).size;
  const isError = ([kind]: [string, number]) => !/^[24]/.test(kind);
  const errors = Object.entries(phase.outcomes).filter(isError);
  return {
    phase,
    errors: errors.reduce((sum, [, count]) => sum + count, 0),
    twice: prefixes.length - different,
    lost: one.available - different,
  };
}

const said = ({ errors, twice, lost }: Emptied) => `${errors} errors, ${twice} twice, ${lost} not at all`;

const lineOf = (emptied: Emptied): Comparison => ({
  work: 'drawers',
  against: `${drawers} drawers over ${gifts.toLocaleString('en')} gifts`,
  target: 'no error, none twice, none lost',
  found: said(emptied),
  isMet: emptied.errors + emptied.twice + emptied.lost === 0,
});
