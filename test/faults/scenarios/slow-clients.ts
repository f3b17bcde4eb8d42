/** Receivers that need several leases for one gift, while others draw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { give } from '../client-actions.ts';
import { apiClient, type ClientState, type LabClient } from '../client-state.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario, startLabWorkload } from '../scenario-runner.ts';
import { contentOf, giftIdOf } from '../test-content.ts';

/** More bytes than the buffers of a connection hold. */
const large = 24 * 1024 * 1024;
/** The least time of a download, in milliseconds: several leases. */
const taking = 12_000;

async function run(lab: Lab): Promise<Remainder> {
  return runUnderLoad(lab, { clients: 0 }, async ({ workload: { state }, url }) => {
    const drawn = await drawLarge(state, lab);
    // These clients always draw more than there is.
    const others = startLabWorkload(lab, url, { clients: 8, pause: 50 });
    await Promise.all(drawn.map((one) => receiveSlowly(state, one)));
    await others.stop();
    state.complaints.push(...others.state.complaints);
    for (const ticket of others.state.tickets) state.tickets.add(ticket);
    for (const [at, ticket] of others.state.pendingDeliveries) state.pendingDeliveries.set(at, ticket);
  });
}

interface Drawn {
  readonly url: string;
  readonly ticket: string;
}

/** Gives large gifts and draws until they are drawn. */
async function drawLarge(state: ClientState, lab: Lab): Promise<Drawn[]> {
  const client: LabClient = { random: lab.random, name: 'patient', secret: undefined };
  for (let number = 0; number < lab.points; number++) {
    const id = `large-${number}`;
    state.history.note({ action: 'gives', id, giver: id });
    const bytes = new Blob([Uint8Array.from(contentOf(id, large))]);
    await apiClient(state).upload({ name: `${id}.txt`, bytes });
    state.history.note({ action: 'given', id, ticket: null });
  }
  const drawn: Drawn[] = [];
  while (drawn.length < lab.points) {
    const ticket = await give(state, client);
    if (ticket === undefined) continue;
    const delivery = await apiClient(state).draw(ticket);
    if (delivery?.size !== large) continue;
    state.tickets.delete(ticket);
    drawn.push({ url: delivery.url, ticket });
  }
  return drawn;
}

async function receiveSlowly(state: ClientState, { url, ticket }: Drawn): Promise<void> {
  const since = Date.now();
  const signal = AbortSignal.timeout(10 * taking);
  const answer = await apiClient(state).fetchDelivery({ url }, { signal });
  const id = giftIdOf(await readSlowly(answer)) ?? null;
  state.history.note({ action: 'arrived', since, id, url, ticket });
}

async function readSlowly(answer: Response): Promise<Buffer> {
  const parts: Buffer[] = [];
  let came = 0;
  const begun = performance.now();
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    parts.push(Buffer.from(chunk));
    came += chunk.length;
    const due = (came / large) * taking - (performance.now() - begun);
    if (due > 0) await sleep(due);
  }
  return Buffer.concat(parts);
}

export const slowClients: Scenario = {
  name: 'slow-clients',
  summary: 'Receivers take several leases for one gift, while others draw.',
  unit: 'slow receivers',
  points: { short: 3, usual: 12 },
  sites: ['embedded', 'servers'],
  run,
};
