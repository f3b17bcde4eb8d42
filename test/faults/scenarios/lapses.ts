/** A receiver lets leases end to look at another gift, or keeps one alive by the same byte. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../../src/contract/problems/problem.ts';
import { give, upload } from '../client-actions.ts';
import { apiClient, type ClientState, fetchWithTimeout, type LabClient } from '../client-state.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** `LEASE` of `labSettings`, in milliseconds. */
const lease = 4_000;
/** Enough gifts that another one would be drawn. */
const gifts = 12;

async function run(lab: Lab): Promise<Remainder> {
  return runUnderLoad(lab, { clients: 0 }, async ({ workload: { state } }) => {
    const client: LabClient = { random: lab.random, name: 'chooser', secret: undefined };
    for (let number = 0; number < gifts; number++) await upload(state, client);
    const ticket = await give(state, client);
    if (ticket === undefined) throw new Error('the gift was refused');
    const seen = new Set<string>();
    for (let lapse = 0; lapse < lab.points; lapse++) {
      const delivery = await drawOnceAllowed(state, ticket);
      if (!delivery) throw new Error('there was nothing to draw');
      seen.add(delivery.sha256);
      const lasted = await askForOneByte(state, delivery.url);
      if (lasted > 2 * lease) lab.complaints.push('a lease was kept alive by one byte');
    }
    if (seen.size > 1) lab.complaints.push('a ticket drew another gift after its lease had ended');
  });
}

/** Draws; after the second lapse the ticket must wait for a lease. */
async function drawOnceAllowed(state: ClientState, ticket: string) {
  try {
    return await apiClient(state).draw(ticket);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'draw-delayed')) throw error;
    await sleep((error.retryAfter ?? 0) * 1000);
    return apiClient(state).draw(ticket);
  }
}

/** Asks for the same byte until the lease is over; resolves with how long that took, at most three leases. */
async function askForOneByte(state: ClientState, url: string): Promise<number> {
  const begun = performance.now();
  const lasted = () => performance.now() - begun;
  while (lasted() < 3 * lease) {
    const answer = await fetchWithTimeout(state.url() + url, { headers: { range: 'bytes=0-0' } });
    await answer.arrayBuffer();
    if (answer.status === 410) break;
    await sleep(lease / 8);
  }
  return lasted();
}

export const lapses: Scenario = {
  name: 'lapses',
  summary: 'A receiver lets leases end to look at another gift, or keeps one alive by one byte.',
  unit: 'lapses',
  points: { short: 2, usual: 3 },
  sites: ['embedded', 'servers'],
  run,
};
