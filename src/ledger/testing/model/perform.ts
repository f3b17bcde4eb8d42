/** Performs each operation on the ledger and on the model, and expects equal results. */
import { expect } from 'vitest';
import type { Deadlines, DrawResult } from '../../types.ts';
import { kindOf, newGift, next, sha256 } from '../samples.ts';
import * as replies from './feedback.ts';
import * as model from './model.ts';
import type { Fields, Kind, Operation } from './operations.ts';
import * as sweep from './sweep.ts';
import { one, type World } from './world.ts';

function termsAt(now: number): Deadlines {
  return {
    now,
    leaseUntil: now + 151,
    holdUntil: now + 122,
    ticketUntil: now + 603,
    removeAt: now + 204,
    purgeAt: now + 405,
    keepUntil: now + 506,
  };
}

type Perform<K extends Kind> = (
  world: World,
  fields: Fields<K>,
  deadlines: Deadlines,
) => Promise<void>;

/** Usually an existing one, now and then one that was purged or never existed. */
const ticketAt = ({ model, hashes }: World, number: number) => {
  const there = model.tickets.map((ticket) => ticket.hash);
  const other = one(hashes, number) ?? sha256('never earned');
  const hash = one([...there, ...there, other], number) ?? '';
  return { hash, ticket: model.tickets.find((ticket) => ticket.hash === hash) };
};
/** Preferably one in the state that the operation is made for. */
const deliveryAt = ({ model, ids }: World, number: number, state: model.ModelDelivery['state']) => {
  const fit = model.deliveries.filter((delivery) => delivery.state === state);
  const there = [...fit, ...fit, ...model.deliveries].flatMap(({ id }) => id ?? []);
  const id = one([...there, one(ids, number) ?? 0], number) ?? 0;
  return { id, delivery: model.deliveries.find((delivery) => delivery.id === id) };
};
const code = (code: string) => expect.objectContaining({ code });

/** Checks that the drawn gift was eligible, and lets the model draw the same. */
function take(world: World, drawn: DrawResult, secret: string, choice: readonly model.ModelGift[]) {
  if (drawn.outcome !== 'drawn') throw new Error(`nothing was drawn of ${choice.length}`);
  const { id, gift } = drawn.delivery;
  const taken = choice.find(({ key }) => key === gift.key);
  if (!taken) throw new Error(`${gift.key} is not for this receiver`);
  world.ids.push(id);
  return { gift: taken, made: { id, secret } };
}

const drawForTicket: Perform<'drawForTicket'> = async (world, fields, deadlines) => {
  const { hash, ticket } = ticketAt(world, fields.ticket);
  const nonce = `nonce ${next()}`;
  const secret = sha256(nonce);
  const drawing = world.ledger.drawForTicket(
    { ticketHash: hash, nonce, secretHash: secret },
    deadlines,
  );
  if (!ticket) return expect(drawing).rejects.toEqual(code('ticket-unknown'));
  const delivery = model.deliveryOfTicket(world.model, ticket);
  const waits = { outcome: 'waiting', ticketId: ticket.id };
  switch (ticket.state) {
    case 'withdrawn':
    case 'expired':
      return expect(drawing).rejects.toEqual(code(`ticket-${ticket.state}`));
    case 'waiting':
      return expect(await drawing).toEqual(waits);
    case 'drawn':
      return expect(await drawing).toMatchObject({ delivery: { id: delivery?.id, state: 'open' } });
    case 'spent':
      return delivery && delivery.gift.removeAt !== null
        ? expect(await drawing).toMatchObject({ delivery: { id: delivery.id, state: 'received' } })
        : expect(drawing).rejects.toEqual(code('ticket-spent'));
    case 'ready': {
      if (!delivery) throw new Error('a ready ticket without a held delivery');
      return model.fetchHeld(
        delivery,
        take(world, await drawing, secret, [delivery.gift]).made,
        deadlines,
      );
    }
    case 'open': {
      if (ticket.expiresAt <= deadlines.now)
        return expect(drawing).rejects.toEqual(code('ticket-expired'));
      const choice = model.eligible(world.model, ticket);
      if (choice.length === 0) {
        ticket.state = 'waiting';
        return expect(await drawing).toEqual(waits);
      }
      const { gift, made } = take(world, await drawing, secret, choice);
      return model.lease(world.model, gift, ticket, made, deadlines);
    }
  }
};

const drawFree: Perform<'drawFree'> = async (world, fields, deadlines) => {
  const giver = fields.giver > 3 ? null : `giver ${fields.giver}`;
  const secretHash = sha256(`secret ${next()}`);
  const drawing = world.ledger.drawFree({ pool: 'public', giver, secretHash }, deadlines);
  const choice = model.pooled(world.model).filter((gift) => gift.giver !== giver);
  if (!model.hasFree(world.model) || choice.length === 0)
    return expect(await drawing).toEqual({ outcome: 'empty', ticketId: null });
  const { gift, made } = take(world, await drawing, secretHash, choice);
  return model.lease(world.model, gift, undefined, made, deadlines);
};

const give: Perform<'give'> = async (world, { giver, content, ticket, full }, deadlines) => {
  const extension = ['txt', 'md', 'png', 'pdf', 'txt', 'png'][content] ?? 'txt';
  const there = model.pooled(world.model).reduce((sum, { size }) => sum + size, 0);
  const size = content + 1;
  const hash = ticket ? sha256(`ticket ${next()}`) : null;
  const gift = newGift({
    giver: `giver ${giver}`,
    sha256: sha256(`content ${content}`),
    size,
    extension,
    kind: kindOf(extension),
    ticketHash: hash,
    maxPoolBytes:
      full === 0 ? there + size - 1 : full === 1 ? there + size : Number.POSITIVE_INFINITY,
  });
  const giving = world.ledger.give(gift, deadlines);
  if (full === 0) return expect(giving).rejects.toEqual(code('storage-full'));
  const { ticketId, notices } = await giving;
  expect(ticketId === null).toBe(hash === null);
  if (hash) world.hashes.push(hash);
  const { key, sha256: bytes } = gift;
  const ends = { removeAt: null, purgeAt: null, keepUntil: null };
  const fresh = { ...ends, state: 'leased' as const, thanks: null };
  const modelGift = {
    key,
    giver: gift.giver,
    sha256: bytes,
    extension,
    size,
    givenAt: deadlines.now,
    ...fresh,
  };
  const modelTicket = hash && ticketId ? { hash, id: ticketId } : undefined;
  expect(notices).toEqual(model.give(world.model, modelGift, modelTicket, deadlines));
};

/** The answer to a gift was lost: another offer for its ticket, even of other bytes or to a full pool, is not pooled. */
const giveAgain: Perform<'giveAgain'> = async (
  world,
  { ticket: number, same, full },
  deadlines,
) => {
  const ticket = one(world.model.tickets, number);
  if (!ticket) return;
  const { key, giver, sha256, givenAt } = ticket.gift;
  const copy = newGift({
    ...(same ? { giver, sha256 } : { giver: 'somebody else' }),
    ticketHash: ticket.hash,
    maxPoolBytes: full ? 0 : Number.POSITIVE_INFINITY,
  });
  const gift = expect.objectContaining({ key, giver, sha256, givenAt });
  const { ledger } = world;
  expect(await ledger.give(copy, deadlines)).toEqual({ ticketId: ticket.id, gift, notices: [] });
  expect(await ledger.hasGift(copy.key)).toBe(false);
};

const performs: { readonly [K in Kind]: Perform<K> } = {
  give,
  giveAgain,
  drawForTicket,
  drawFree,
  renew: async (world, { delivery: number, part: [a, b], isEnd }, deadlines) => {
    const { id, delivery } = deliveryAt(world, number, 'open');
    const part = [Math.min(a, b), Math.max(a, b)] as const;
    expect(await world.ledger.renewLease(id, part, deadlines, isEnd)).toBe(
      model.renew(delivery, part, deadlines, isEnd),
    );
  },
  handOver: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'open');
    expect(await world.ledger.noteOffloaded(id, deadlines)).toBe(
      model.handOver(delivery, deadlines),
    );
  },
  finish: async (world, { delivery: number, soon }, deadlines) => {
    const { id, delivery } = deliveryAt(world, number, 'open');
    const ends = soon ? { ...deadlines, removeAt: deadlines.now } : deadlines;
    expect(await world.ledger.complete(id, ends)).toEqual(
      model.finish(world.model, delivery, ends),
    );
  },
  reopen: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'received');
    expect(await world.ledger.reopen(id, deadlines)).toEqual(
      model.reopen(world.model, delivery, deadlines),
    );
  },
  quarantine: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'open');
    await world.ledger.quarantine(id, deadlines);
    model.quarantine(world.model, delivery, deadlines);
  },
  quarantineMissing: async (world, fields, deadlines) => {
    const gift = one(world.model.gifts, fields.gift);
    const taken = gift !== undefined && model.quarantineMissing(world.model, gift, deadlines);
    const { count } = await world.ledger.quarantineMissing([gift?.key ?? ''], deadlines);
    expect(count).toBe(taken ? 1 : 0);
  },
  thank: async (world, fields) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'received');
    const expected = replies.thank(world.model, delivery, fields.thanks);
    expect(await world.ledger.thank(id, fields.thanks)).toEqual(expected);
  },
  report: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, fields.lapsed ? 'lapsed' : 'open');
    const expected = replies.report(world.model, delivery, deadlines);
    const reported = await world.ledger.report(id, { reason: 'other', note: null }, deadlines);
    expect(reported?.notices).toEqual(expected);
    if (expected) expect(reported?.gift.state).toBe(delivery?.gift.state);
  },
  withdraw: async (world, fields, deadlines) => {
    const { hash, ticket } = ticketAt(world, fields.ticket);
    const expected = model.withdraw(world.model, ticket, deadlines);
    const withdrawing = world.ledger.withdraw(hash, deadlines);
    if (typeof expected === 'string') await expect(withdrawing).rejects.toEqual(code(expected));
    else expect(await withdrawing).toEqual(expected);
  },
  lapse: async (world, { limit }, deadlines) => {
    const expected = sweep.lapse(world.model, deadlines, limit);
    const swept = await world.ledger.expireLeases(deadlines, limit);
    expect(swept).toEqual({ count: expected.length, notices: expected.flat() });
  },
  expire: async (world, { age }, deadlines) => {
    const before = deadlines.now - age * 10;
    const expected = sweep.expire(world.model, deadlines, before);
    const swept = await world.ledger.expire(deadlines, before, 1000);
    expect(swept).toEqual({ count: expected.length, notices: expected.flat() });
  },
  remove: async (world, { limit }, deadlines) => {
    const due = await world.ledger.removable(deadlines.now, limit);
    await world.ledger.markRemoved(due.map(({ id }) => id));
    const gifts = due.map(({ key }) => world.model.gifts.find((gift) => gift.key === key));
    for (const gift of gifts) {
      expect(gift?.removeAt).toBeLessThanOrEqual(deadlines.now);
      if (gift) gift.removeAt = null;
    }
  },
  purge: async (world, _, deadlines) => {
    expect(await world.ledger.purge(deadlines.now, 1000)).toBe(
      sweep.purge(world.model, deadlines.now),
    );
  },
};

export async function perform(world: World, operation: Operation): Promise<void> {
  world.now += operation.after * 10;
  const run = performs[operation.op] as Perform<Kind>;
  await run(world, operation as unknown as Fields<Kind>, termsAt(world.now));
}
