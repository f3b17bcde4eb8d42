/** Cases of rounds: seats, the seal, the one draw, and what each seat gets of it. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import type { NewRound, RoundEnds } from '../../room-types.ts';
import {
  type Case,
  deadlinesAt,
  draw,
  drawn,
  give,
  type HostedRoom,
  later,
  newGift,
  next,
  openRoom,
  sha256,
  spans,
  start,
  stateOf,
  type TicketedGift,
  within,
} from '../samples.ts';

const closing = 100;
const seed = sha256('seed');
const fetchSpan = 5_000;

const openRound = (ledger: Ledger, round: Partial<NewRound> = {}) =>
  openRoom(ledger, {
    mode: 'round',
    closesAt: start + closing,
    round: { seed, minSeats: 3, maxSeats: null, ...round },
  });

const endsAt = (now: number): RoundEnds => ({
  ...deadlinesAt(now),
  extendedTo: now + 1_000,
  ticketsUntil: now + 9_000,
  fetchUntil: now + fetchSpan,
});

const dueEnds = endsAt(start + closing);

async function handIn(ledger: Ledger, hosted: HostedRoom, count: number): Promise<TicketedGift[]> {
  const given: TicketedGift[] = [];
  for (let n = 0; n < count; n++) given.push(await give(ledger, { ...within(hosted), salt: `salt ${n}` }));
  return given;
}

const roundOf = ({ room }: HostedRoom) => room.round?.id ?? 0;

/** The gift of each seat goes to the next one. */
const nextSeat = (count: number) => Array.from({ length: count }, (_, seat) => (seat + 1) % count);

async function drawAll(ledger: Ledger, hosted: HostedRoom, count: number) {
  const sealed = await ledger.sealRound(roundOf(hosted), dueEnds);
  expect(sealed?.seats).toHaveLength(count);
  return ledger.drawRound(roundOf(hosted), nextSeat(count), dueEnds);
}

export const roundCases: Readonly<Record<string, Case>> = {
  'numbers the seats of a round, and draws nothing before the deadline': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const seats = [];
    const gift = newGift({ ...within(hosted), salt: 'salt', ticketHash: sha256(`ticket ${next()}`) });
    for (const one of [gift, newGift({ ...gift, ...newGift(), ...within(hosted), ticketHash: sha256('second') })])
      seats.push((await ledger.give(one, deadlinesAt(start))).seat);
    expect(seats.map((seat) => seat?.number)).toEqual([1, 2]);
    expect((await ledger.give({ ...gift, key: newGift().key, salt: 'other' }, deadlinesAt(start))).seat).toEqual({
      number: 1,
      salt: 'salt',
    });
    await expect(draw(ledger, gift.ticketHash ?? '')).rejects.toMatchObject({
      code: 'round-not-drawn',
      facts: { opens_at: new Date(start + closing).toISOString() },
    });
    expect(await ledger.findRoom(hosted.host.codeHash)).toMatchObject({ round: { seats: 2, state: 'open' } });
    expect((await ledger.sealRound(roundOf(hosted), endsAt(start + closing - 1))) ?? 'open').toBe('open');
  },

  'numbers seats that are taken at once in two processes': async ({ ledger, second }) => {
    const other = await second();
    const hosted = await openRound(ledger);
    const given = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const gift = newGift({ ...within(hosted), salt: 's', ticketHash: sha256(`ticket ${next()}`) });
        return (n % 2 === 0 ? ledger : other).give(gift, deadlinesAt(start));
      }),
    );
    const numbers = given.map(({ seat }) => seat?.number ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    await other.close();
  },

  'draws a round once, and each seat gets the gift that was drawn for it': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 4);
    const notices = await drawAll(ledger, hosted, 4);
    expect(notices).toHaveLength(4);
    expect(await ledger.drawRound(roundOf(hosted), nextSeat(4).reverse(), dueEnds)).toEqual([]);
    expect((await ledger.audit()).faults).toEqual([]);
    for (const [seat, { ticket }] of given.entries())
      expect((await drawn(draw(ledger, ticket, dueEnds))).gift.key).toBe(given[(seat + 3) % 4]?.key);
    await expect(give(ledger, within(hosted), dueEnds)).rejects.toMatchObject({ code: 'room-closed' });
    await expect(ledger.moveDeadline(hosted.host, start + 999)).rejects.toMatchObject({ code: 'room-closed' });
  },

  'draws the same gift for a seat again after leases have ended, and never that of another': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 5);
    await drawAll(ledger, hosted, 5);
    const keyOf = async ({ ticket }: TicketedGift, at: number) =>
      (await drawn(draw(ledger, ticket, endsAt(at)))).gift.key;
    const first = [];
    for (const one of given) first.push(await keyOf(one, start + closing));
    await ledger.expireLeases(endsAt(start + closing + spans.lease), 10);
    const again = [];
    for (const one of [...given].reverse()) again.unshift(await keyOf(one, start + closing + spans.lease));
    expect(again).toEqual(first);
  },

  'tells a seat whose gift is gone, and gives it no other': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 3);
    await ledger.sealRound(roundOf(hosted), dueEnds);
    await ledger.quarantineMissing([given[0]?.key ?? ''], dueEnds);
    expect(await ledger.drawRound(roundOf(hosted), nextSeat(3), dueEnds)).toHaveLength(2);
    await expect(draw(ledger, given[1]?.ticket ?? '', dueEnds)).rejects.toMatchObject({ code: 'round-gift-gone' });
    expect((await drawn(draw(ledger, given[2]?.ticket ?? '', dueEnds))).gift.key).toBe(given[1]?.key);
  },

  'lets a gift go back before the round is sealed, and not afterwards': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 4);
    const ticketOf = (seat: number) => given[seat]?.ticket ?? '';
    await expect(ledger.shorten(ticketOf(1), start + 10)).rejects.toMatchObject({ code: 'gift-drawn' });
    await ledger.withdraw(ticketOf(1), deadlinesAt(start));
    expect(await ledger.sealRound(roundOf(hosted), dueEnds)).toMatchObject({ seed, seats: { length: 3 } });
    await expect(ledger.withdraw(ticketOf(2), dueEnds)).rejects.toMatchObject({ code: 'gift-drawn' });
    await ledger.drawRound(roundOf(hosted), nextSeat(3), dueEnds);
    await expect(ledger.withdraw(ticketOf(2), dueEnds)).rejects.toMatchObject({ code: 'gift-drawn' });
    expect((await drawn(draw(ledger, ticketOf(2), dueEnds))).gift.key).toBe(given[0]?.key);
  },

  'extends a round with too few seats once, and then gives each gift up': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 2);
    const [{ ticket } = { ticket: '' }] = given;
    expect(await ledger.sealRound(roundOf(hosted), dueEnds)).toBeUndefined();
    expect(await ledger.findRoom(hosted.host.codeHash)).toMatchObject({ closesAt: dueEnds.extendedTo, endedAt: null });
    expect((await ledger.findTicket(ticket))?.expiresAt).toBe(dueEnds.ticketsUntil);
    expect(await ledger.dueRounds(dueEnds.extendedTo - 1)).toEqual([]);
    expect(await ledger.dueRounds(dueEnds.extendedTo)).toEqual([roundOf(hosted)]);
    const late = endsAt(dueEnds.extendedTo);
    expect(await ledger.sealRound(roundOf(hosted), late)).toBeUndefined();
    await ledger.clearRooms(late, 10);
    await ledger.clearRooms(late, 10);
    expect(await ledger.findTicket(ticket)).toMatchObject({ state: 'withdrawn', endReason: 'too-few-seats' });
    expect(await ledger.removable(late.now, 10)).toHaveLength(2);
    expect(await ledger.dueRounds(late.now)).toEqual([]);
  },

  'opens a sealed round again if no draw is possible': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    await handIn(ledger, hosted, 3);
    await ledger.sealRound(roundOf(hosted), dueEnds);
    await ledger.postponeRound(roundOf(hosted), dueEnds);
    await give(ledger, { ...within(hosted), salt: 's' }, dueEnds);
    expect(await ledger.sealRound(roundOf(hosted), endsAt(dueEnds.extendedTo))).toMatchObject({ seats: { length: 4 } });
  },

  'seals a swap as soon as it is full, and takes no third gift': async ({ ledger }) => {
    const hosted = await openRound(ledger, { minSeats: 2, maxSeats: 2 });
    const [first] = await handIn(ledger, hosted, 1);
    expect(await ledger.dueRounds(start)).toEqual([]);
    await handIn(ledger, hosted, 1);
    await expect(handIn(ledger, hosted, 1)).rejects.toMatchObject({ code: 'room-full' });
    expect(await ledger.dueRounds(start)).toEqual([roundOf(hosted)]);
    expect(await ledger.sealRound(roundOf(hosted), endsAt(start))).toMatchObject({ seats: { length: 2 } });
    await ledger.drawRound(roundOf(hosted), [1, 0], endsAt(start));
    expect(await stateOf(ledger, first?.ticket ?? '')).toBe('ready');
  },

  'draws once in two processes, and draws a sealed round after a crash': async ({ ledger, second }) => {
    const other = await second();
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 3);
    const seals = await Promise.all([ledger, other].map((one) => one.sealRound(roundOf(hosted), dueEnds)));
    expect(seals[0]).toEqual(seals[1]);
    // The process that sealed it has ended.
    expect(await other.dueRounds(dueEnds.now)).toEqual([roundOf(hosted)]);
    const draws = [ledger, other].map((one) => one.drawRound(roundOf(hosted), nextSeat(3), dueEnds));
    expect((await Promise.all(draws)).flat()).toHaveLength(3);
    for (const { ticket } of given) expect(await stateOf(other, ticket)).toBe('ready');
    await other.close();
  },

  'ends a room when the time to fetch is over': async ({ ledger }) => {
    const hosted = await openRound(ledger);
    const given = await handIn(ledger, hosted, 3);
    await drawAll(ledger, hosted, 3);
    const fetched = await drawn(draw(ledger, given[0]?.ticket ?? '', dueEnds));
    await ledger.complete(fetched.id, dueEnds);
    expect(await ledger.expireLeases(later(closing + fetchSpan - 1), 10)).toMatchObject({ count: 0 });
    const over = endsAt(start + closing + fetchSpan);
    await ledger.expireLeases(over, 10);
    expect(await ledger.dueRounds(over.now)).toEqual([roundOf(hosted)]);
    await ledger.sealRound(roundOf(hosted), over);
    for (let n = 0; n < 3; n++) await ledger.clearRooms(over, 10);
    expect(await ledger.findTicket(given[1]?.ticket ?? '')).toMatchObject({
      state: 'withdrawn',
      endReason: 'round-over',
    });
    expect(await ledger.stats(hosted.room.pool, over.now)).toMatchObject({ gifts: 0, openTickets: 0 });
  },
};
