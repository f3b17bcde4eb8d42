/** Cases of rooms: pools apart from the public one, their limits, their hosts and their ends. */
import { expect } from 'vitest';
import type { FileKind } from '../../../contract/vocabulary.ts';
import type { Ledger } from '../../ledger.ts';
import {
  type Case,
  deadlines,
  deadlinesAt,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  type HostedRoom,
  later,
  newGift,
  next,
  openRoom,
  roomy,
  seededRandom,
  sha256,
  spans,
  start,
  stateOf,
  statsOf,
  within,
} from '../samples.ts';

const day = 86_400_000;
const drawFreeIn = (ledger: Ledger, pool: string, giver: string | null = null, at = deadlines) =>
  ledger.drawFree({ pool, giver, secretHash: sha256(`secret ${next()}`) }, at);

const figuresOf = (ledger: Ledger, { room }: HostedRoom) => ledger.stats(room.pool, start);

const clearAll = async (ledger: Ledger, at = deadlines) => {
  const notices = [];
  for (;;) {
    const step = await ledger.clearRooms(at, 1);
    expect((await ledger.audit()).faults).toEqual([]);
    if (step.count === 0) return notices;
    notices.push(...step.notices);
  }
};

export const roomCases: Readonly<Record<string, Case>> = {
  'exchanges gifts of a room within it, and those of the public pool outside': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    const other = await openRoom(ledger);
    const [ada, ben] = [await give(ledger, within(hosted)), await give(ledger, within(hosted))];
    const [eve] = [await give(ledger)];
    const apart = await give(ledger, within(other));
    expect((await drawn(draw(ledger, ada.ticket))).gift.key).toBe(ben.key);
    expect((await drawn(draw(ledger, ben.ticket))).gift.key).toBe(ada.key);
    for (const { ticket } of [eve, apart]) expect((await draw(ledger, ticket)).outcome).toBe('waiting');
    const plain = await givePlain(ledger, within(hosted));
    expect((await drawFree(ledger)).outcome).toBe('empty');
    expect((await drawFreeIn(ledger, other.room.pool)).outcome).toBe('empty');
    expect((await drawn(drawFreeIn(ledger, hosted.room.pool))).gift.key).toBe(plain.key);
    expect(await figuresOf(ledger, hosted)).toMatchObject({ gifts: 0, givenTotal: 3, openTickets: 0 });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, givenTotal: 1, openTickets: 1 });
  },

  'holds a gift of a room for a ticket that waits there, and no other': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    const waits = await give(ledger, within(hosted));
    const outside = await give(ledger);
    for (const { ticket } of [waits, outside]) await draw(ledger, ticket);
    const came = await givePlain(ledger, within(hosted));
    expect(came.notices).toEqual([{ ticketId: waits.ticketId, event: 'ready' }]);
    expect((await drawn(draw(ledger, waits.ticket))).gift.key).toBe(came.key);
    expect(await stateOf(ledger, outside.ticket)).toBe('waiting');
  },

  'does not let the public pool know the bytes of a room': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    const bytes = { sha256: sha256('the same in both') };
    await givePlain(ledger, { ...within(hosted), ...bytes });
    const origin = { address: '0 x', budgets: [{ name: '0 x', limit: 2 }] };
    expect((await givePlain(ledger, { ...bytes, origin })).budgetLeft).toBe(1);
    expect((await givePlain(ledger, { ...bytes, origin })).budgetLeft).toBe(1);
  },

  'takes no gift after the deadline, but answers one that came before again': async ({ ledger }) => {
    const hosted = await openRoom(ledger, { closesAt: start + 50 });
    const gift = newGift({ ...within(hosted), ticketHash: sha256(`ticket ${next()}`) });
    const { ticketId } = await ledger.give(gift, later(49));
    await expect(givePlain(ledger, within(hosted), later(50))).rejects.toMatchObject({ code: 'room-closed' });
    expect((await ledger.give({ ...gift, key: newGift().key }, later(60))).ticketId).toBe(ticketId);
    await ledger.moveDeadline(hosted.host, start + 70);
    await givePlain(ledger, within(hosted), later(60));
    await ledger.moveDeadline(hosted.host, start + 60);
    await expect(givePlain(ledger, within(hosted), later(60))).rejects.toMatchObject({ code: 'room-closed' });
  },

  'takes as many gifts and bytes as a room holds, also at once': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    const codes = async (limits: typeof roomy) => {
      const gifts = Array.from({ length: 4 }, () => givePlain(ledger, within(hosted, limits)).then(() => 'taken'));
      return (await Promise.all(gifts.map((gift) => gift.catch(({ code }) => code)))).sort();
    };
    expect(await codes({ ...roomy, maxGifts: 2 })).toEqual(['room-full', 'room-full', 'taken', 'taken']);
    expect(await codes({ ...roomy, maxBytes: 45 })).toEqual(['room-full', 'room-full', 'taken', 'taken']);
    await givePlain(ledger);
  },

  'counts rooms in the limit of all pools': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    await givePlain(ledger, within(hosted));
    expect(await ledger.keptFigures()).toEqual({ gifts: 1, bytes: 10 });
    await expect(givePlain(ledger, { maxPoolBytes: 19 })).rejects.toMatchObject({ code: 'storage-full' });
    await givePlain(ledger, { maxPoolBytes: 20 });
  },

  'refuses the ticket of another pool as the answer to a repeated gift': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    const gift = newGift({ ticketHash: sha256(`ticket ${next()}`) });
    await ledger.give(gift, deadlines);
    const again = ledger.give({ ...gift, ...within(hosted), key: newGift().key }, deadlines);
    await expect(again).rejects.toMatchObject({ code: 'key-reused' });
  },

  'obeys the host only': async ({ ledger }) => {
    const { room, host } = await openRoom(ledger);
    const stranger = { ...host, hostHash: sha256('stranger') };
    const nowhere = { ...host, codeHash: sha256('nowhere') };
    for (const [who, code] of [
      [stranger, 'host-needed'],
      [nowhere, 'room-unknown'],
    ] as const) {
      await expect(ledger.moveDeadline(who, start + 1)).rejects.toMatchObject({ code });
      await expect(ledger.endRoom(who, start)).rejects.toMatchObject({ code });
    }
    expect(await ledger.findRoom(host.codeHash)).toEqual(room);
    expect(await ledger.findRoom(nowhere.codeHash)).toBeUndefined();
    expect(await ledger.moveDeadline(host, start + 7)).toEqual({ ...room, closesAt: start + 7 });
    await ledger.endRoom(host, start + 3);
    await ledger.endRoom(host, start + 9);
    expect(await ledger.findRoom(host.codeHash)).toEqual({ ...room, closesAt: start + 3, endedAt: start + 3 });
    await expect(ledger.moveDeadline(host, start + 20)).rejects.toMatchObject({ code: 'room-closed' });
  },

  'clears a room that has ended, and leaves deliveries to their end': async ({ ledger }) => {
    const hosted = await openRoom(ledger);
    const gave = async () => give(ledger, within(hosted));
    const [spent, fetching, open] = [await gave(), await gave(), await gave()];
    const arrived = await drawn(draw(ledger, spent.ticket));
    await ledger.complete(arrived.id, deadlines);
    const running = await drawn(draw(ledger, fetching.ticket));
    await givePlain(ledger, within(hosted));
    const outside = await give(ledger);
    await ledger.endRoom(hosted.host, start + 1);
    await expect(givePlain(ledger, within(hosted))).rejects.toMatchObject({ code: 'room-closed' });
    const notices = await clearAll(ledger);
    expect(notices).toContainEqual({ ticketId: open.ticketId, event: 'withdrawn' });
    expect(await figuresOf(ledger, hosted)).toMatchObject({ gifts: 0, openTickets: 0 });
    await expect(draw(ledger, open.ticket)).rejects.toMatchObject({
      code: 'ticket-withdrawn',
      facts: { reason: 'room-ended' },
    });
    expect(await ledger.findTicket(open.ticket)).toMatchObject({ state: 'withdrawn', endReason: 'room-ended' });
    expect((await drawn(draw(ledger, fetching.ticket))).id).toBe(running.id);
    // The lease ends: what comes back is cleared by the next run.
    await ledger.expireLeases(later(spans.lease), 10);
    expect(await stateOf(ledger, fetching.ticket)).toBe('open');
    await clearAll(ledger, later(spans.lease));
    expect(await stateOf(ledger, fetching.ticket)).toBe('withdrawn');
    expect(await stateOf(ledger, spent.ticket)).toBe('spent');
    expect(await ledger.removable(start + spans.lease, 10)).toHaveLength(4);
    expect(await ledger.findTicket(outside.ticket)).toMatchObject({ state: 'open', endReason: null });
    expect((await ledger.clearRooms(deadlines, 10)).count).toBe(0);
  },

  'ends a room beside draws of another process, and leaves no ticket with half a draw': async ({ ledger, second }) => {
    const other = await second();
    const hosted = await openRoom(ledger);
    const tickets = [];
    for (let n = 0; n < 12; n++) tickets.push((await give(ledger, within(hosted))).ticket);
    const draws = tickets.map((ticket) =>
      draw(other, ticket).then(
        ({ outcome }) => outcome,
        ({ code }) => code,
      ),
    );
    await ledger.endRoom(hosted.host, start + 1);
    const clearing = ledger.clearRooms(deadlines, 100);
    for (const outcome of await Promise.all(draws)) expect(['drawn', 'waiting', 'ticket-withdrawn']).toContain(outcome);
    await clearing;
    await clearAll(ledger);
    for (const ticket of tickets) expect(['drawn', 'withdrawn']).toContain(await stateOf(ledger, ticket));
    await other.close();
  },

  'forgets a closed room once no gift of it is remembered': async ({ ledger }) => {
    const [empty, used, open] = [await openRoom(ledger), await openRoom(ledger), await openRoom(ledger)];
    await givePlain(ledger, within(used));
    await ledger.endRoom(used.host, start);
    await clearAll(ledger);
    await ledger.moveDeadline(empty.host, start);
    expect(await ledger.purgeRooms(start, 10)).toBe(0);
    expect(await ledger.purgeRooms(start + 1, 10)).toBe(1);
    expect(await ledger.findRoom(empty.host.codeHash)).toBeUndefined();
    const after = later(spans.purge);
    await ledger.markRemoved((await ledger.removable(after.now, 10)).map(({ id }) => id));
    await ledger.purge(after.now, 10);
    expect(await ledger.purgeRooms(start + 1, 10)).toBe(1);
    expect(await ledger.findRoom(used.host.codeHash)).toBeUndefined();
    expect(await ledger.findRoom(open.host.codeHash)).toEqual(open.room);
    await givePlain(ledger, within(open));
  },

  'creates no more rooms than there may be': async ({ ledger }) => {
    const rooms = await Promise.all(
      Array.from({ length: 4 }, () =>
        openRoom(ledger, {}, 3).then(
          () => 'created',
          ({ code }) => code,
        ),
      ),
    );
    expect(rooms.sort()).toEqual(['created', 'created', 'created', 'too-many-rooms']);
  },

  'expires what is free in each pool, and nothing that is owed': async ({ ledger }) => {
    const rooms = [await openRoom(ledger), await openRoom(ledger)];
    for (const hosted of rooms) {
      await give(ledger, { ...within(hosted), kind: 'image', wish: ['image'] });
      await givePlain(ledger, { ...within(hosted), kind: 'text' });
    }
    await givePlain(ledger);
    expect((await ledger.expire(later(900), start + 900, 10)).count).toBe(3);
    expect((await ledger.expire(later(900), start + 900, 10)).count).toBe(0);
    for (const hosted of rooms)
      expect(await figuresOf(ledger, hosted)).toMatchObject({ kinds: [{ kind: 'image', gifts: 1, owed: 1 }] });
  },

  'keeps every rule through random moves in several pools': async ({ ledger }) => {
    for (const seed of [1, 2, 3]) await playRandomly(ledger, seed);
  },
};

const kinds: readonly FileKind[] = ['text', 'image'];

/** Gives, draws, withdraws and lets leases end in two rooms and the public pool, audits after each step, and ends a room. */
async function playRandomly(ledger: Ledger, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pickOne = <T>(items: readonly T[]) => items[random(items.length)] as T;
  const rooms = [await openRoom(ledger), await openRoom(ledger)] as const;
  const poolOfTicket = new Map<string, string>();
  let now = start + seed * day;
  const places = [{ pool: 'public' }, ...rooms.map((hosted) => within(hosted))];
  for (const { host } of rooms) await ledger.moveDeadline(host, now + day);
  const moves: (() => Promise<unknown>)[] = [
    async () => {
      const place = pickOne(places);
      const hash = sha256(`${seed} ticket ${next()}`);
      const ticketHash = random(4) === 0 ? null : hash;
      const bytes = random(6) === 0 ? sha256(`${seed} copy`) : sha256(`${seed} ${next()}`);
      const wish = pickOne([null, ['text'], ['image']] as const);
      const gift = { kind: pickOne(kinds), giver: `${seed} giver ${random(4)}`, ticketHash, sha256: bytes };
      await givePlain(ledger, { ...gift, ...place, wish: wish && [...wish] }, deadlinesAt(now));
      if (ticketHash !== null) poolOfTicket.set(hash, place.pool);
    },
    async () => {
      const [hash] = poolOfTicket.size > 0 ? [pickOne([...poolOfTicket.keys()])] : [];
      if (hash !== undefined) await draw(ledger, hash, deadlinesAt(now)).catch(() => undefined);
    },
    () => drawFreeIn(ledger, pickOne(places).pool, pickOne([null, `${seed} giver 0`]), deadlinesAt(now)),
    async () => {
      const [hash] = poolOfTicket.size > 0 ? [pickOne([...poolOfTicket.keys()])] : [];
      if (hash !== undefined) await ledger.withdraw(hash, deadlinesAt(now)).catch(() => undefined);
    },
    async () => {
      now += pickOne([spans.hold, spans.lease]);
      await ledger.expireLeases(deadlinesAt(now), 10);
    },
  ];
  for (let step = 0; step < 120; step++) {
    await (random(3) === 0 ? pickOne(moves.slice(2)) : pickOne(moves.slice(0, 2)))();
    expect((await ledger.audit()).faults, `seed ${seed}, step ${step}`).toEqual([]);
  }
  await ledger.endRoom(rooms[0].host, now);
  await clearAll(ledger, deadlinesAt(now));
  expect(await figuresOf(ledger, rooms[0])).toMatchObject({ gifts: 0, openTickets: 0 });
}
