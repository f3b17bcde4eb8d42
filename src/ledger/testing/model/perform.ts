/** Performs each operation on the ledger and on the model, and expects equal results. */
import { expect } from 'vitest';
import type { FileKind } from '../../../contract/vocabulary.ts';
import type { Deadlines, DrawResult, Wish } from '../../types.ts';
import { kindOf, newGift, next, sha256 } from '../samples.ts';
import * as feedback from './feedback.ts';
import * as model from './model.ts';
import type { Fields, Kind, Operation } from './operations.ts';
import * as sweep from './sweep.ts';
import { itemAt, type World } from './world.ts';

function deadlinesAt(now: number): Deadlines {
  return {
    now,
    leaseUntil: now + 151,
    renewalPerByte: 100 / 131_072,
    holdUntil: now + 122,
    ticketUntil: now + 603,
    removeAt: now + 204,
    purgeAt: now + 405,
    keepUntil: now + 506,
  };
}

type Perform<K extends Kind> = (world: World, fields: Fields<K>, deadlines: Deadlines) => Promise<void>;

/** Prefers an existing ticket; now and then answers a purged or unknown one. */
const ticketAt = ({ model, hashes }: World, number: number) => {
  const existing = model.tickets.map((ticket) => ticket.hash);
  const other = itemAt(hashes, number) ?? sha256('never earned');
  const hash = itemAt([...existing, ...existing, other], number) ?? '';
  return { hash, ticket: model.tickets.find((ticket) => ticket.hash === hash) };
};
/** Prefers a delivery in the state that the operation expects. */
const deliveryAt = ({ model, ids }: World, number: number, state: model.ModelDelivery['state']) => {
  const preferred = model.deliveries.filter((delivery) => delivery.state === state);
  const existing = [...preferred, ...preferred, ...model.deliveries].flatMap(({ id }) => id ?? []);
  const id = itemAt([...existing, itemAt(ids, number) ?? 0], number) ?? 0;
  return { id, delivery: model.deliveries.find((delivery) => delivery.id === id) };
};
const code = (code: string) => expect.objectContaining({ code });

/** Checks that the drawn gift was eligible, and lets the model draw the same. */
function expectEligible(world: World, drawn: DrawResult, secret: string, candidates: readonly model.ModelGift[]) {
  if (drawn.outcome !== 'drawn') throw new Error(`nothing was drawn of ${candidates.length}`);
  const { id, gift } = drawn.delivery;
  const match = candidates.find(({ key }) => key === gift.key);
  if (!match) throw new Error(`${gift.key} is not for this receiver`);
  world.ids.push(id);
  return { gift: match, identity: { id, secret } };
}

const drawForTicket: Perform<'drawForTicket'> = async (world, fields, deadlines) => {
  const { hash, ticket } = ticketAt(world, fields.ticket);
  const nonce = `nonce ${next()}`;
  const secret = sha256(nonce);
  const wished = fields.wish === undefined ? {} : { wish: fields.wish };
  const drawing = world.ledger.drawForTicket({ ticketHash: hash, nonce, secretHash: secret, ...wished }, deadlines);
  if (!ticket) return expect(drawing).rejects.toEqual(code('ticket-unknown'));
  if (fields.wish !== undefined)
    model.changeWish(world.model, ticket, kindsOf(fields.wish, ticket.gift.kind), deadlines);
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
      return model.fetchHeldGift(
        delivery,
        expectEligible(world, await drawing, secret, [delivery.gift]).identity,
        deadlines,
      );
    }
    case 'open': {
      if (ticket.expiresAt <= deadlines.now) return expect(drawing).rejects.toEqual(code('ticket-expired'));
      if (ticket.drawsAfter > deadlines.now) return expect(drawing).rejects.toEqual(code('draw-delayed'));
      const candidates = model.eligible(world.model, ticket);
      const again = candidates.filter((gift) => gift === ticket.lapsedGift);
      if (candidates.length === 0) {
        model.wait(world.model, ticket);
        return expect(await drawing).toEqual(waits);
      }
      const { gift, identity } = expectEligible(world, await drawing, secret, again.length > 0 ? again : candidates);
      return model.openDelivery(world.model, gift, ticket, identity, deadlines);
    }
  }
};

const kindsOf = (wish: Wish, kind: FileKind) => (wish === 'like-given' ? [kind] : wish);

const drawFree: Perform<'drawFree'> = async (world, fields, deadlines) => {
  const giver = fields.giver > 3 ? null : `giver ${fields.giver}`;
  const { kinds } = fields;
  const secretHash = sha256(`secret ${next()}`);
  const drawing = world.ledger.drawFree({ pool: 'public', giver, secretHash, kinds }, deadlines);
  const candidates = model
    .pooled(world.model)
    .filter((gift) => gift.giver !== giver && (kinds === null || kinds.includes(gift.kind)))
    .filter((gift) => model.spare(world.model, gift.kind) > 0);
  if (!model.hasFreeGift(world.model) || candidates.length === 0)
    return expect(await drawing).toEqual({ outcome: 'empty', ticketId: null });
  const { gift, identity } = expectEligible(world, await drawing, secretHash, candidates);
  return model.openDelivery(world.model, gift, undefined, identity, deadlines);
};

const give: Perform<'give'> = async (world, { giver, content, ticket, fullness, life, wish }, deadlines) => {
  const extension = ['txt', 'md', 'png', 'pdf', 'txt', 'png'][content] ?? 'txt';
  const keptBytes = model.kept(world.model).reduce((sum, { size }) => sum + size, 0);
  const size = content + 1;
  const hash = ticket ? sha256(`ticket ${next()}`) : null;
  const gift = newGift({
    giver: `giver ${giver}`,
    sha256: sha256(`content ${content}`),
    size,
    extension,
    kind: kindOf(extension),
    ticketHash: hash,
    expiresAt: life === null ? null : deadlines.now + life,
    wish: kindsOf(wish, kindOf(extension)),
    maxPoolBytes: fullness === 0 ? keptBytes + size - 1 : fullness === 1 ? keptBytes + size : Number.POSITIVE_INFINITY,
  });
  const giving = world.ledger.give(gift, deadlines);
  if (fullness === 0) return expect(giving).rejects.toEqual(code('storage-full'));
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
    kind: gift.kind,
    size,
    givenAt: deadlines.now,
    expiresAt: gift.expiresAt ?? null,
    ...fresh,
  };
  const modelTicket = hash && ticketId ? { hash, id: ticketId, wish: kindsOf(wish, gift.kind) } : undefined;
  expect(notices).toEqual(model.give(world.model, modelGift, modelTicket, deadlines));
};

/** The answer to a gift was lost: another offer for its ticket, even of other bytes or to a full pool, is not pooled. */
const giveAgain: Perform<'giveAgain'> = async (world, { ticket: number, isSameGift, isFull }, deadlines) => {
  const ticket = itemAt(world.model.tickets, number);
  if (!ticket) return;
  const { key, giver, sha256, givenAt } = ticket.gift;
  const copy = newGift({
    ...(isSameGift ? { giver, sha256 } : { giver: 'another giver' }),
    ticketHash: ticket.hash,
    maxPoolBytes: isFull ? 0 : Number.POSITIVE_INFINITY,
  });
  const gift = expect.objectContaining({ key, giver, sha256, givenAt });
  const { ledger } = world;
  expect(await ledger.give(copy, deadlines)).toEqual({ ticketId: ticket.id, gift, notices: [] });
  expect(await ledger.hasGift(copy.key)).toBe(false);
};

const performers: { readonly [K in Kind]: Perform<K> } = {
  give,
  giveAgain,
  drawForTicket,
  drawFree,
  renewLease: async (world, { delivery: number, range: [a, b], response }, deadlines) => {
    const { id, delivery } = deliveryAt(world, number, 'open');
    const range = [Math.min(a, b), Math.max(a, b)] as const;
    expect(await world.ledger.renewLease(id, range, deadlines, response)).toBe(
      model.renewLease(delivery, range, deadlines, response),
    );
  },
  noteOffloaded: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'open');
    expect(await world.ledger.noteOffloaded(id, deadlines)).toBe(model.noteOffloaded(delivery, deadlines));
  },
  complete: async (world, { delivery: number, isAcknowledged }, deadlines) => {
    const { id, delivery } = deliveryAt(world, number, 'open');
    const ends = isAcknowledged ? { ...deadlines, removeAt: deadlines.now } : deadlines;
    expect(await world.ledger.complete(id, ends)).toEqual(model.complete(world.model, delivery, ends));
  },
  reopen: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'received');
    expect(await world.ledger.reopen(id, deadlines)).toEqual(model.reopen(world.model, delivery, deadlines));
  },
  quarantine: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'open');
    await world.ledger.quarantine(id, deadlines);
    model.quarantine(world.model, delivery, deadlines);
  },
  quarantineMissing: async (world, fields, deadlines) => {
    const gift = itemAt(world.model.gifts, fields.gift);
    const isQuarantined = gift !== undefined && model.quarantineMissing(world.model, gift, deadlines);
    const { count } = await world.ledger.quarantineMissing([gift?.key ?? ''], deadlines);
    expect(count).toBe(isQuarantined ? 1 : 0);
  },
  thank: async (world, fields) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, 'received');
    const expected = feedback.thank(world.model, delivery, fields.thanks);
    expect(await world.ledger.thank(id, fields.thanks)).toEqual(expected);
  },
  report: async (world, fields, deadlines) => {
    const { id, delivery } = deliveryAt(world, fields.delivery, fields.isLapsed ? 'lapsed' : 'open');
    const expected = feedback.report(world.model, delivery, fields.party, deadlines);
    const complaint = { reason: 'other', note: null, parties: [fields.party] } as const;
    const reported = await world.ledger.report(id, complaint, deadlines);
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
  shorten: async (world, fields, deadlines) => {
    const { hash, ticket } = ticketAt(world, fields.ticket);
    const endsAt = deadlines.now + fields.life * 10;
    const problem = model.shorten(ticket, endsAt);
    const shortening = world.ledger.shorten(hash, endsAt);
    if (problem) await expect(shortening).rejects.toEqual(code(problem));
    else await shortening;
  },
  expireLeases: async (world, { limit }, deadlines) => {
    const expected = sweep.expireLeases(world.model, deadlines, limit);
    const swept = await world.ledger.expireLeases(deadlines, limit);
    expect(swept).toEqual({ count: expected.length, notices: expected.flat() });
  },
  expire: async (world, { age }, deadlines) => {
    const before = deadlines.now - age * 10;
    const expected = sweep.expire(world.model, deadlines, before);
    const swept = await world.ledger.expire(deadlines, before, 1000);
    expect(swept).toEqual({ count: expected.length, notices: expected.flat() });
  },
  markRemoved: async (world, { limit }, deadlines) => {
    const due = await world.ledger.removable(deadlines.now, limit);
    await world.ledger.markRemoved(due.map(({ id }) => id));
    const gifts = due.map(({ key }) => world.model.gifts.find((gift) => gift.key === key));
    for (const gift of gifts) {
      expect(gift?.removeAt).toBeLessThanOrEqual(deadlines.now);
      if (gift) gift.removeAt = null;
    }
  },
  purge: async (world, _, deadlines) => {
    expect(await world.ledger.purge(deadlines.now, 1000)).toBe(sweep.purge(world.model, deadlines.now));
  },
};

export async function perform(world: World, operation: Operation): Promise<void> {
  world.now += operation.after * 10;
  const run = performers[operation.op] as Perform<Kind>;
  await run(world, operation as unknown as Fields<Kind>, deadlinesAt(world.now));
}
