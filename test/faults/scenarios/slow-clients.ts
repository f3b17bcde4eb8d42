/** Receivers who take longer than a lease, among others who would like to have what they are at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { give } from '../client-actions.ts';
import { clientOf, type Drawer, type World } from '../client-state.ts';
import { crowdAt, type Lab, type Left, play, type Scenario } from '../scenario-runner.ts';
import { contentOf, idOf } from '../test-content.ts';

/** More than the buffers of a connection hold. */
const large = 24 * 1024 * 1024;
/** How long a receiver takes at least, in milliseconds: several leases. */
const taking = 12_000;

async function run(lab: Lab): Promise<Left> {
  return play(lab, { clients: 0 }, async ({ crowd: { world }, url }) => {
    const drawn = await drawLarge(world, lab);
    // Somebody always asks for more than there is.
    const others = crowdAt(lab, url, { clients: 8, pause: 50 });
    await Promise.all(drawn.map((one) => receiveSlowly(world, one)));
    await others.stop();
    world.complaints.push(...others.world.complaints);
    for (const ticket of others.world.tickets) world.tickets.add(ticket);
    for (const [at, ticket] of others.world.promised) world.promised.set(at, ticket);
  });
}

interface Drawn {
  readonly url: string;
  readonly ticket: string;
}

/** Gives large gifts and draws until they are drawn. */
async function drawLarge(world: World, lab: Lab): Promise<Drawn[]> {
  const drawer: Drawer = { dice: lab.dice, name: 'patient', secret: undefined };
  for (let number = 0; number < lab.points; number++) {
    const id = `large-${number}`;
    world.history.note({ act: 'gives', id, giver: id });
    const bytes = new Blob([Uint8Array.from(contentOf(id, large))]);
    await clientOf(world).upload({ name: `${id}.txt`, bytes });
    world.history.note({ act: 'given', id, ticket: null });
  }
  const drawn: Drawn[] = [];
  while (drawn.length < lab.points) {
    const ticket = await give(world, drawer);
    if (ticket === undefined) continue;
    const delivery = await clientOf(world).draw(ticket);
    if (delivery?.size !== large) continue;
    world.tickets.delete(ticket);
    drawn.push({ url: delivery.url, ticket });
  }
  return drawn;
}

async function receiveSlowly(world: World, { url, ticket }: Drawn): Promise<void> {
  const since = Date.now();
  const signal = AbortSignal.timeout(10 * taking);
  const answer = await clientOf(world).fetchDelivery({ url }, { signal });
  const id = idOf(await readSlowly(answer)) ?? null;
  world.history.note({ act: 'arrived', since, id, url, ticket });
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

export const slow: Scenario = {
  name: 'slow',
  about: 'Receivers take several leases for one gift, while others draw.',
  unit: 'slow receivers',
  points: { short: 3, usual: 12 },
  sites: ['embedded', 'servers'],
  run,
};
