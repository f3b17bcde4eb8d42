/** Cases of deliveries that end without an arrival: none is a way to read many gifts, or to hold them back for long. */
import { expect } from 'vitest';
import {
  type Case,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  later,
  type OpenedLedger,
  spans,
  stateOf,
  statsOf,
} from '../samples.ts';
import { leased } from './leases.ts';

type Leased = Awaited<ReturnType<typeof leased>>;

/** Lets a lease end, that began at `from`, after a part of 100 bytes was sent. */
async function breakOff({ ledger }: OpenedLedger, { id }: { readonly id: number }, sent: number, from = 0) {
  await ledger.renewLease(id, [0, sent], later(from));
  return ledger.expireLeases(later(from + spans.lease), 10);
}

const drawAgain = ({ ledger }: OpenedLedger, { mine }: Leased, at: number) =>
  drawn(draw(ledger, mine.ticket, later(at)));

export const lapseCases: Readonly<Record<string, Case>> = {
  'makes the second delivery that breaks off after most bytes final': async (opened) => {
    const { ledger } = opened;
    const one = await leased(opened, 100);
    await breakOff(opened, one.delivery, 51);
    expect(await stateOf(ledger, one.mine.ticket)).toBe('open');
    const again = await drawAgain(opened, one, spans.lease);
    const landed = [{ ticketId: one.theirs.ticketId, event: 'landed' }];
    expect(await breakOff(opened, again, 51, spans.lease)).toEqual({ count: 1, notices: landed });
    expect(await stateOf(ledger, one.mine.ticket)).toBe('spent');
    expect(await statsOf(ledger)).toMatchObject({ deliveredTotal: 1, openTickets: 1, gifts: 1 });
    // Its bytes can be fetched until the grace ends.
    expect(await drawAgain(opened, one, 2 * spans.lease)).toMatchObject({ id: again.id, readable: true });
  },

  'forgives deliveries that break off before most bytes': async (opened) => {
    const { ledger } = opened;
    const one = await leased(opened, 100);
    await breakOff(opened, one.delivery, 50);
    await breakOff(opened, await drawAgain(opened, one, spans.lease), 50, spans.lease);
    await breakOff(opened, await drawAgain(opened, one, 3 * spans.lease), 51, 3 * spans.lease);
    expect(await stateOf(ledger, one.mine.ticket)).toBe('open');
  },

  'does not reopen a delivery after a reset once the ticket has read most of another': async (opened) => {
    const { ledger } = opened;
    const one = await leased(opened, 100);
    await breakOff(opened, one.delivery, 100);
    const again = await drawAgain(opened, one, spans.lease);
    await ledger.complete(again.id, later(spans.lease));
    expect(await ledger.reopen(again.id, later(spans.lease + 1))).toEqual([]);
    expect(await stateOf(ledger, one.mine.ticket)).toBe('spent');
  },

  'lets a ticket wait after its second lapse, and longer after the next': async (opened) => {
    const { ledger } = opened;
    const one = await leased(opened, 100);
    const refused = (at: number, retryAfter: number) =>
      expect(draw(ledger, one.mine.ticket, later(at))).rejects.toMatchObject({ code: 'draw-delayed', retryAfter });
    await breakOff(opened, one.delivery, 1);
    await breakOff(opened, await drawAgain(opened, one, spans.lease), 1, spans.lease);
    await refused(3 * spans.lease - 1, 1);
    const third = await drawAgain(opened, one, 3 * spans.lease);
    await breakOff(opened, third, 1, 3 * spans.lease);
    await refused(4 * spans.lease, Math.ceil((6 * spans.lease) / 1000));
    await refused(9 * spans.lease, 1);
    // Meanwhile its gift is for others.
    const other = await give(ledger, {}, later(4 * spans.lease));
    await ledger.withdraw(other.ticket, later(4 * spans.lease));
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, openTickets: 2 });
  },

  'puts a ticket that did not fetch its gift at the end of the line': async ({ ledger }) => {
    const [absent, present] = [await give(ledger, { giver: 'one' }), await give(ledger, { giver: 'one' })];
    for (const { ticket } of [absent, present]) await draw(ledger, ticket);
    const held = (at: number) => give(ledger, { giver: 'two' }, later(at));
    expect((await held(0)).notices).toEqual([{ ticketId: absent.ticketId, event: 'ready' }]);
    expect((await ledger.expireLeases(later(spans.hold), 10)).notices).toEqual([
      { ticketId: absent.ticketId, event: 'reopened' },
      { ticketId: present.ticketId, event: 'ready' },
    ]);
    await drawn(draw(ledger, present.ticket, later(spans.hold)));
    // Both wait again, the absent one with the lower id.
    const third = await give(ledger, { giver: 'one' }, later(spans.hold));
    for (const { ticket } of [absent, third]) await draw(ledger, ticket, later(spans.hold));
    expect((await held(spans.hold)).notices).toEqual([{ ticketId: third.ticketId, event: 'ready' }]);
  },

  'holds a gift for a minute at most after a hold that was not fetched': async ({ ledger }) => {
    const hour = 3_600_000;
    const at = (ms: number) => ({
      ...later(ms),
      holdUntil: later(ms).now + hour,
      ticketUntil: later(ms).now + 9 * hour,
    });
    const absent = [];
    for (const _ of Array(4)) absent.push(await give(ledger, { giver: 'one' }, at(0)));
    for (const { ticket } of absent) await draw(ledger, ticket, at(0));
    await givePlain(ledger, { giver: 'two' }, at(0));
    const minute = 60_000;
    for (const ms of [hour, hour + minute, hour + 2 * minute]) {
      expect(await ledger.expireLeases(at(ms - 1), 10)).toMatchObject({ count: 0 });
      expect(await ledger.expireLeases(at(ms), 10)).toMatchObject({ count: 1 });
    }
    await ledger.expireLeases(at(hour + 3 * minute), 10);
    expect(await drawFree(ledger, 'one', at(hour + 3 * minute))).toMatchObject({ outcome: 'drawn' });
  },
};
