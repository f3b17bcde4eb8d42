/** Many who draw at once from a pool that they empty: nobody may see an error, no file may come twice or not at all. */

import { numberMark, request } from '../load/request-plan.ts';
import { type Contestant, enter, measure, type Phase, uploads } from '../peers/running-peer.ts';
import type { Line } from '../report/comparisons.ts';
import type { Bench, Results } from './workload.ts';

const gifts = 2_000;
const drawers = 32;
const size = 4096;

interface Emptied {
  readonly phase: Phase;
  readonly errors: number;
  readonly twice: number;
  readonly lost: number;
}

export async function drawersWork(bench: Bench): Promise<Results> {
  const measured: Record<string, Phase[]> = {};
  const lines: Line[] = [];
  for (const peer of await bench.peers(bench.among(['ours', 'flask']))) {
    bench.say(`drawers: ${peer.name}`);
    const contestant = await enter(peer, bench.folder);
    try {
      const emptied = await emptyPool(bench, contestant);
      measured[peer.id] = [emptied.phase];
      if (peer.id === 'ours') lines.push(lineOf(emptied));
      else console.error(`${peer.name}, ${drawers} drawers: ${said(emptied)}`);
    } finally {
      await contestant.running.stop();
    }
  }
  return { measured: { drawers: measured }, lines };
}

/** All are given, and each is known by its number; then all are drawn, and a few draws more find nothing. */
async function emptyPool({ load }: Bench, one: Contestant): Promise<Emptied> {
  await uploads(load, one, size, { connections: 8, seconds: 60, rounds: gifts });
  const { phase, beginnings } = await measure(load, one, {
    connections: drawers,
    seconds: 120,
    rounds: gifts + 2 * drawers,
    steps: [{ ...request('GET /api/download'), answers: size }],
    numbers: { from: 0 },
    tells: numberMark.length,
  });
  const different = new Set(beginnings).size;
  const isError = ([kind]: [string, number]) => !/^[24]/.test(kind);
  const errors = Object.entries(phase.kinds).filter(isError);
  return {
    phase,
    errors: errors.reduce((sum, [, count]) => sum + count, 0),
    twice: beginnings.length - different,
    lost: one.stock - different,
  };
}

const said = ({ errors, twice, lost }: Emptied) =>
  `${errors} errors, ${twice} twice, ${lost} not at all`;

const lineOf = (emptied: Emptied): Line => ({
  work: 'drawers',
  against: `${drawers} drawers over ${gifts.toLocaleString('en')} gifts`,
  mark: 'no error, none twice, none lost',
  found: said(emptied),
  isReached: emptied.errors + emptied.twice + emptied.lost === 0,
});
