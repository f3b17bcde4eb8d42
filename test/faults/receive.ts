/** How a client gets what was promised, also when the line breaks; some break it themselves. */

import { clientOf, type Drawer, insist, type World } from './client-state.ts';
import { idOf } from './test-content.ts';

export interface Promised {
  readonly url: string;
  readonly ticket: string | null;
}

/** Fetches a delivery to its end; when that does not come, its ticket is there to be used again. */
export async function receive(
  world: World,
  drawer: Drawer,
  promised: Promised,
  first?: Response,
): Promise<void> {
  const { url, ticket } = promised;
  const since = Date.now();
  world.promised.set(url, ticket);
  const bytes = await fetchAll(world, drawer, promised, first);
  if (!bytes) {
    if (ticket !== null) world.tickets.add(ticket);
    return;
  }
  world.promised.delete(url);
  world.history.note({ act: 'arrived', since, id: idOf(bytes) ?? null, url, ticket });
  // The service knows by itself what arrived, too.
  if (drawer.dice.chance(0.3)) return;
  const outcome = await insist(world, () => clientOf(world).received(promised));
  if ('answer' in outcome) world.history.note({ act: 'received', url });
}

/** All bytes, in as many answers as it takes; undefined when the delivery is over. */
async function fetchAll(
  world: World,
  { dice }: Drawer,
  promised: Promised,
  first: Response | undefined,
): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let answer = first;
  let lateTries = 0;
  let cutAt = dice.chance(0.2) ? dice.roll(world.largest) : Number.POSITIVE_INFINITY;
  for (;;) {
    if (!answer) {
      const from = parts.reduce((sum, { length }) => sum + length, 0);
      const outcome = await insist(world, () => clientOf(world).fetchDelivery(promised, { from }));
      if ('code' in outcome) return undefined;
      answer = outcome.answer;
    }
    if (await readInto(parts, answer, cutAt)) return Buffer.concat(parts);
    // The service is there in the end: who was cut off then still gets the rest.
    if (world.isOver && ++lateTries > 3) return undefined;
    answer = undefined;
    cutAt = Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Reads until the end, and says so; or until the line breaks, or so many bytes came. */
async function readInto(parts: Buffer[], answer: Response, cutAt: number): Promise<boolean> {
  const expected = Number(answer.headers.get('content-length'));
  let came = 0;
  try {
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
      const part = Buffer.from(chunk).subarray(0, Math.max(0, cutAt - came));
      parts.push(part);
      came += part.length;
      if (came >= cutAt && came < expected) return false;
    }
  } catch {
    return false;
  }
  return came === expected;
}
