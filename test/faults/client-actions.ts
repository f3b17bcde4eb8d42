/** What a client does, one function each. */
import { headers, paths } from '../../src/contract/api/paths.ts';
import { ask, clientOf, type Drawer, insist, isRefusal, once, type World } from './client-state.ts';
import { receive } from './receive.ts';
import { contentOf } from './test-content.ts';

export type Act = (world: World, drawer: Drawer) => Promise<unknown>;

/** Half of all clients say who they are; the others are somebody new with each gift. */
const giverOf = ({ name, secret }: Drawer, id: string) => (secret === undefined ? id : name);

export interface Gift {
  readonly id: string;
  readonly name: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

/** Something to give, noted as about to be given. Most are small, some fill several blocks. */
export function newGift(
  world: World,
  drawer: Drawer,
  largest = drawer.dice.chance(0.8) ? 2_000 : world.largest,
): Gift {
  const id = `${drawer.name}-${++world.gifts}`;
  const size = 60 + drawer.dice.roll(largest);
  world.history.note({ act: 'gives', id, giver: giverOf(drawer, id) });
  return { id, name: `${id}.txt`, bytes: Buffer.from(contentOf(id, size)) };
}

const fileOf = ({ name, bytes }: Gift) => ({ name, bytes: new Blob([bytes]) });

/** The key with which a gift is given, however often. */
export const keyOf = ({ id }: Gift) => `key-of-${id}`.padEnd(40, '0');

/** Gives for a ticket; the patient ask again with the same key until they know. */
export async function give(world: World, drawer: Drawer): Promise<string | undefined> {
  const gift = newGift(world, drawer);
  return giveIt(world, drawer, gift, {
    asking: drawer.dice.chance(0.7) ? insist : once,
    before: 0,
  });
}

/** Gives one gift for a ticket, after so many attempts of which nothing was heard. */
export async function giveIt(
  world: World,
  drawer: Drawer,
  gift: Gift,
  { asking, before }: { readonly asking: typeof insist; readonly before: number },
): Promise<string | undefined> {
  let attempts = before;
  const work = () => {
    attempts += 1;
    return clientOf(world).give(fileOf(gift), { giver: drawer.secret, key: keyOf(gift) });
  };
  const outcome = await asking(world, work);
  if ('code' in outcome) {
    // An attempt before, of which nothing was heard, may have been the one that counts.
    return attempts === 1 ? noteRefusal(world, gift, outcome.code) : undefined;
  }
  const { ticket, giver } = outcome.answer;
  if (drawer.secret === undefined && drawer.dice.chance(0.5)) drawer.secret = giver;
  world.history.note({ act: 'given', id: gift.id, ticket, giver: giverOf(drawer, gift.id) });
  world.tickets.add(ticket);
  return ticket;
}

/** Gives without a ticket. */
export async function upload(world: World, drawer: Drawer): Promise<void> {
  const gift = newGift(world, drawer);
  const outcome = await once(world, () =>
    clientOf(world).upload(fileOf(gift), { giver: drawer.secret }),
  );
  if ('code' in outcome) noteRefusal(world, gift, outcome.code);
  else world.history.note({ act: 'given', id: gift.id, ticket: null });
}

function noteRefusal(world: World, { id }: Gift, code: string): undefined {
  if (isRefusal(code)) world.history.note({ act: 'refused', id, code });
}

/** Gives and receives in one request. */
export async function swap(world: World, drawer: Drawer): Promise<void> {
  const { id, name, bytes } = newGift(world, drawer);
  const said = drawer.secret ? { [headers.giver]: drawer.secret } : undefined;
  const outcome = await askOnce(world, () =>
    ask(`${world.url()}${paths.exchange}?name=${name}`, {
      method: 'POST',
      body: bytes,
      headers: { ...said },
    }),
  );
  if ('code' in outcome) return;
  const { answer } = outcome;
  const ticket = answer.headers.get(headers.ticket);
  if (answer.ok && ticket) {
    world.history.note({ act: 'given', id, ticket });
    world.tickets.add(ticket);
  }
  await take(world, drawer, answer, ticket);
}

/** Draws without a ticket. Answers whether there was a gift. */
export async function drawFree(world: World, drawer: Drawer): Promise<boolean> {
  const outcome = await askOnce(world, () => ask(world.url() + paths.download));
  return 'answer' in outcome && take(world, drawer, outcome.answer, null);
}

/** Asks for a gift without any secret to ask for the same again. */
async function askOnce(world: World, work: () => Promise<Response>) {
  const number = ++world.asked;
  world.history.note({ act: 'asks', number });
  const outcome = await once(world, work);
  if ('answer' in outcome) world.history.note({ act: 'answered', number });
  return outcome;
}

/** An answer that may be a gift. Answers whether it is. */
async function take(
  world: World,
  drawer: Drawer,
  answer: Response,
  ticket: string | null,
): Promise<boolean> {
  const url = answer.headers.get('content-location');
  if (answer.status === 200 && url) {
    if (ticket !== null) world.tickets.delete(ticket);
    await receive(world, drawer, { url, ticket }, answer);
    return true;
  }
  await answer.arrayBuffer().catch(() => undefined);
  if (answer.status >= 500 && ![503, 507].includes(answer.status))
    world.complaints.push(`${answer.url} was answered ${answer.status}`);
  return false;
}

/** Uses a ticket that nobody is using, and receives what it got. */
export async function draw(world: World, drawer: Drawer): Promise<void> {
  const claimed = await claim(world);
  if (claimed) await receive(world, drawer, claimed);
}

export async function exchange(world: World, drawer: Drawer): Promise<void> {
  const ticket = await give(world, drawer);
  const claimed = ticket !== undefined && (await claim(world, ticket));
  if (claimed) await receive(world, drawer, claimed);
}

/** Draws with a ticket that nobody is using, if there is one; what it got is to be received, and the ticket put back if not. */
export async function claim(
  world: World,
  ticket: string | undefined = [...world.tickets][0],
): Promise<{ readonly url: string; readonly ticket: string } | undefined> {
  if (ticket === undefined || !world.tickets.delete(ticket)) return undefined;
  const outcome = await insist(world, () => clientOf(world).draw(ticket));
  if ('answer' in outcome && outcome.answer) return { url: outcome.answer.url, ticket };
  const isOver = 'code' in outcome && isRefusal(outcome.code);
  if (!isOver) world.tickets.add(ticket);
  return undefined;
}

/** Takes a gift back. */
export async function withdraw(world: World, { dice }: Drawer): Promise<void> {
  const [ticket] = world.tickets;
  if (ticket === undefined || dice.chance(0.5)) return;
  world.tickets.delete(ticket);
  world.history.note({ act: 'withdraws', ticket });
  const outcome = await insist(world, () => clientOf(world).withdraw(ticket));
  if ('answer' in outcome) return world.history.note({ act: 'withdrawn', ticket });
  world.tickets.add(ticket);
  if (['gift-drawn', 'draw-made'].includes(outcome.code))
    world.history.note({ act: 'stays', ticket });
}

/** All of it, the usual more often than the rest. */
export const acts: readonly Act[] = [
  exchange,
  exchange,
  swap,
  swap,
  give,
  upload,
  draw,
  draw,
  drawFree,
  drawFree,
  withdraw,
];
