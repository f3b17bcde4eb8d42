/** A minute of exchange: every client gives a file, draws one with the earned ticket, and repeats. */

import { captureMark, postForm, type RequestTemplate, request } from '../load/request-plan.ts';
import { fillPeer, measure, type Phase, type RunningPeer, settleDisk, startPeer } from '../peers/running-peer.ts';
import { giveForTicket } from './pool-sizes.ts';
import type { BenchContext, WorkloadResult } from './workload.ts';

const size = 65_536;
/** Gifts that wait at the beginning. */
const pool = 500;
/** Seconds, divided among the rounds. */
const minute = 60;

const ticketDraw: RequestTemplate = {
  ...request('GET /api/download', [`Authorization: Bearer ${captureMark}`]),
  responseSize: size,
};
const freeDraw: RequestTemplate = { ...request('GET /api/download'), responseSize: size };

export async function runExchange(bench: BenchContext): Promise<WorkloadResult> {
  const { generator, folder, rounds, status } = bench;
  const peers = await bench.peers(bench.among(['ours', 'gunicorn']));
  const contestants: RunningPeer[] = [];
  const measured: Record<string, Phase[]> = {};
  try {
    for (const peer of peers) contestants.push(await startPeer(peer, folder));
    for (let round = 0; round < rounds; round++) {
      for (const one of contestants) {
        status(`exchange: ${one.peer.name}`);
        measured[one.peer.id] = [...(measured[one.peer.id] ?? []), await exchange(one)];
      }
    }
  } finally {
    for (const { running } of contestants) await running.stop();
  }
  return { measured: { exchange: measured }, comparisons: [] };

  async function exchange(one: RunningPeer): Promise<Phase> {
    const { download } = one.running;
    if (download) await fillPeer(generator, one, download, size, pool);
    await settleDisk();
    const isOurs = one.peer.id === 'ours';
    const requests = isOurs ? [giveForTicket(size), ticketDraw] : [postForm('/api/upload', size), freeDraw];
    // The exchange gets the whole minute; a peer shows its speed sooner.
    const seconds = (isOurs ? minute : minute / 4) / rounds;
    const amount = { connections: 16, seconds, rounds: Number.POSITIVE_INFINITY };
    const { phase, started } = await measure(generator, one, {
      ...amount,
      requests,
      numbers: { from: one.next },
    });
    one.next += started;
    return phase;
  }
}
