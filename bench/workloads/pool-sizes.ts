/** The cost of statistics and draws in pools of a hundred, a hundred thousand and a million gifts. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { captureMark, numberMark, postForm, type RequestTemplate, request } from '../load/request-plan.ts';
import type { Peer } from '../peers/peer.ts';
import { measure, type Phase, type RunningPeer, startPeer } from '../peers/running-peer.ts';
import { compareLatency } from '../report/comparisons.ts';
import { fillLedger } from '../tools/sqlite-pool.ts';
import type { BenchContext, WorkloadResult } from './workload.ts';

/** Gives for a ticket and captures it from the response. */
export const giveForTicket = (size: number): RequestTemplate => ({
  ...postForm('/api/exchange', size, ['Accept: application/json']),
  captures: '"ticket":"([^"]{34})"',
});

const drawWithTicket = request('POST /api/draws', [`Authorization: Bearer ${captureMark}`]);

interface RequestCounts {
  /** The numbers of requests of the exchange and of the first version. */
  readonly stats: number;
  readonly draws: number;
  readonly draw: readonly RequestTemplate[];
}

const countsByPeer: Readonly<Record<'ours' | 'flask', RequestCounts>> = {
  ours: { stats: 200, draws: 80, draw: [giveForTicket(256), drawWithTicket] },
  flask: {
    stats: 5,
    draws: 5,
    draw: [postForm('/api/upload', 256), request('GET /api/download')],
  },
};

interface Sized extends RunningPeer {
  readonly label: string;
  readonly counts: RequestCounts;
}

const powers: Readonly<Record<number, string>> = { 100: '10²', 100000: '10⁵', 1000000: '10⁶' };

async function enterSized(peer: Peer, size: number, bench: BenchContext): Promise<Sized> {
  const label = `${peer.id}, ${powers[size]} gifts`;
  bench.status(`filling a pool: ${label}`);
  const place = join(bench.folder, String(size));
  await mkdir(place, { recursive: true });
  const contestant = await startPeer(peer, place);
  if (peer.id !== 'ours') {
    await contestant.running.download?.place?.(size, 64);
    return { ...contestant, label, counts: countsByPeer.flask };
  }
  await contestant.running.stop();
  fillLedger(join(place, peer.id, 'data'), size);
  return { ...(await startPeer(peer, place)), label, counts: countsByPeer.ours };
}

export async function runPoolSizes(bench: BenchContext): Promise<WorkloadResult> {
  const sizes = { ours: [100, 100_000, 1_000_000], flask: [100, 100_000] };
  const peers = await bench.peers(bench.among(['ours', 'flask']));
  const contestants: Sized[] = [];
  const measured: Record<string, Record<string, Phase[]>> = { stats: {}, draw: {} };
  const note = (work: string, label: string, phase: Phase) => {
    const by = measured[work] ?? {};
    by[label] = [...(by[label] ?? []), phase];
  };
  try {
    for (const peer of peers) {
      for (const size of sizes[peer.id as 'ours' | 'flask']) contestants.push(await enterSized(peer, size, bench));
    }
    for (let round = -1; round < bench.rounds; round++) {
      for (const one of contestants) {
        bench.status(`stats and draw: ${one.label}`);
        const stats = await askStats(bench, one);
        const draw = await drawSome(bench, one);
        // The first round only warms up.
        if (round < 0) continue;
        note('stats', one.label, stats);
        note('draw', one.label, draw);
      }
    }
  } finally {
    for (const { running } of contestants) await running.stop();
  }
  return { measured, comparisons: linesOf(measured) };
}

async function askStats({ generator }: BenchContext, one: Sized): Promise<Phase> {
  const requests = [request('GET /api/pool/stats', [`X-Number: ${numberMark}`])];
  const amount = { connections: 1, seconds: 10, rounds: one.counts.stats };
  return (await measure(generator, one, { ...amount, requests, numbers: { from: 0 } })).phase;
}

/** Each draw follows a gift, so that the pool keeps its size. */
async function drawSome({ generator }: BenchContext, one: Sized): Promise<Phase> {
  const { draw: requests, draws: rounds } = one.counts;
  const numbers = { from: one.next };
  const amount = { connections: 1, seconds: 20, rounds };
  const { phase, started } = await measure(generator, one, { ...amount, requests, numbers });
  one.next += started;
  return phase;
}

function linesOf(measured: WorkloadResult['measured']) {
  const line = (work: string, size: string, times: number) =>
    compareLatency(
      { work, against: `${size} gifts against 10², p50` },
      times,
      measured[work]?.[`ours, ${size} gifts`],
      measured[work]?.['ours, 10² gifts'],
    );
  return [...line('stats', '10⁵', 1.2), ...line('draw', '10⁵', 1.2), ...line('draw', '10⁶', 1.2)];
}
