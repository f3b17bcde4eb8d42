/** A minute of exchange: everybody gives a file and draws one with the ticket that it earned, at once and again and again. */

import { postForm, request, type Step, takenMark } from '../load/request-plan.ts';
import {
  type Contestant,
  enter,
  fill,
  measure,
  type Phase,
  settleDisk,
} from '../peers/running-peer.ts';
import { giveForTicket } from './pool-sizes.ts';
import type { Bench, Results } from './workload.ts';

const size = 65_536;
/** So many wait already. */
const pool = 500;
/** The minute is divided among the rounds. */
const minute = 60;

const ticketDraw: Step = {
  ...request('GET /api/download', [`Authorization: Bearer ${takenMark}`]),
  answers: size,
};
const freeDraw: Step = { ...request('GET /api/download'), answers: size };

export async function exchangeWork(bench: Bench): Promise<Results> {
  const { load, folder, rounds, say } = bench;
  const peers = await bench.peers(bench.among(['ours', 'gunicorn']));
  const contestants: Contestant[] = [];
  const measured: Record<string, Phase[]> = {};
  try {
    for (const peer of peers) contestants.push(await enter(peer, folder));
    for (let round = 0; round < rounds; round++) {
      for (const one of contestants) {
        say(`exchange: ${one.peer.name}`);
        measured[one.peer.id] = [...(measured[one.peer.id] ?? []), await exchange(one)];
      }
    }
  } finally {
    for (const { running } of contestants) await running.stop();
  }
  return { measured: { exchange: measured }, lines: [] };

  async function exchange(one: Contestant): Promise<Phase> {
    const { download } = one.running;
    if (download) await fill(load, one, download, size, pool);
    await settleDisk();
    const isOurs = one.peer.id === 'ours';
    const steps = isOurs
      ? [giveForTicket(size), ticketDraw]
      : [postForm('/api/upload', size), freeDraw];
    // The minute is ours; who is only compared shows sooner how it does.
    const seconds = (isOurs ? minute : minute / 4) / rounds;
    const amount = { connections: 16, seconds, rounds: Number.POSITIVE_INFINITY };
    const { phase, begun } = await measure(load, one, {
      ...amount,
      steps,
      numbers: { from: one.next },
    });
    one.next += begun;
    return phase;
  }
}
