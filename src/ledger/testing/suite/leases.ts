/** Cases of promise P3, both or neither: leases that are renewed, completed, reopened or expire. */
import { expect } from 'vitest';
import {
  type Case,
  deadlines,
  deadlinesAt,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  later,
  spans,
  start,
  stateOf,
  statsOf,
} from '../samples.ts';

/** One drawn delivery of a ticket, and the gift that was drawn. */
export async function leased({ ledger }: Parameters<Case>[0], size = 100) {
  const theirs = await give(ledger, { size });
  const mine = await give(ledger);
  return { theirs, mine, delivery: await drawn(draw(ledger, mine.ticket)) };
}

export const leaseCases: Readonly<Record<string, Case>> = {
  'returns the gift to the pool and the ticket to open when a lease expires': async (opened) => {
    const { ledger } = opened;
    const before = await leased(opened);
    expect(await ledger.nextLeaseEnd()).toBe(deadlines.leaseUntil);
    expect(await ledger.expireLeases(deadlinesAt(deadlines.leaseUntil - 1), 10)).toEqual({
      count: 0,
      notices: [],
    });
    expect(await ledger.expireLeases(deadlinesAt(deadlines.leaseUntil), 10)).toEqual({
      count: 1,
      notices: [{ ticketId: before.mine.ticketId, event: 'reopened' }],
    });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, openTickets: 2 });
    expect(await stateOf(ledger, before.mine.ticket)).toBe('open');
    const next = await drawn(draw(ledger, before.mine.ticket, later(200)));
    expect(next.gift.key).toBe(before.theirs.key);
    expect(next.id).not.toBe(before.delivery.id);
  },

  'completes deliveries whose arrival an ended process noted, if they are open and of the noted gift': async (
    opened,
  ) => {
    const { ledger } = opened;
    const { delivery, mine, theirs } = await leased(opened);
    const ofAnotherLedger = { id: delivery.id, key: mine.key };
    expect(await ledger.completeNoted([ofAnotherLedger, { id: 9_999, key: theirs.key }], deadlines)).toEqual([]);
    expect(await stateOf(ledger, mine.ticket)).toBe('drawn');
    const noted = [{ id: delivery.id, key: theirs.key }];
    const landed = [{ ticketId: theirs.ticketId, event: 'landed' }];
    expect(await ledger.completeNoted(noted, deadlines)).toEqual(landed);
    expect(await ledger.completeNoted(noted, deadlines)).toEqual([]);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await ledger.expireLeases(later(spans.lease), 10)).toEqual({ count: 0, notices: [] });
  },

  'returns the gift of a free draw to the pool when its lease expires': async ({ ledger }) => {
    const { key } = await givePlain(ledger);
    await drawn(drawFree(ledger));
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
    expect(await ledger.expireLeases(later(spans.lease), 10)).toEqual({ count: 1, notices: [] });
    expect((await drawn(drawFree(ledger))).gift.key).toBe(key);
  },

  'rejects renewing, completing and reopening a lapsed delivery': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine } = await leased(opened);
    await ledger.expireLeases(later(spans.lease), 10);
    const at = later(spans.lease + 1);
    expect(await ledger.renewLease(delivery.id, [0, 100], at)).toBe('over');
    expect(await ledger.complete(delivery.id, at)).toBeUndefined();
    expect(await ledger.reopen(delivery.id, at)).toEqual([]);
    await ledger.quarantine(delivery.id, at);
    expect(await stateOf(ledger, mine.ticket)).toBe('open');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, deliveredTotal: 0 });
  },

  'extends a lease when it is renewed': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    expect(await ledger.renewLease(delivery.id, [0, 10], later(90))).toBe('partial');
    expect(await ledger.nextLeaseEnd()).toBe(start + 90 + spans.lease);
    expect(await ledger.expireLeases(later(spans.lease), 10)).toMatchObject({ count: 0 });
    expect(await ledger.expireLeases(later(90 + spans.lease), 10)).toMatchObject({ count: 1 });
  },

  'detects that every range was sent, in any order': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened, 100);
    const sendRange = (from: number, to: number) => ledger.renewLease(delivery.id, [from, to], deadlines, 'ended');
    expect(await sendRange(50, 100)).toBe('partial');
    expect(await sendRange(0, 20)).toBe('partial');
    expect(await sendRange(30, 60)).toBe('partial');
    expect(await sendRange(20, 29)).toBe('partial');
    expect(await sendRange(29, 30)).toBe('complete');
    expect(await sendRange(0, 1)).toBe('complete');
  },

  'counts a delivery as complete only after a response that ended well': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened, 100);
    expect(await ledger.renewLease(delivery.id, [0, 100], deadlines)).toBe('partial');
    expect(await ledger.renewLease(delivery.id, [50, 100], deadlines, 'ended')).toBe('complete');
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.renewLease(delivery.id, [0, 100], deadlines)).toBe('final');
  },

  'counts a delivery as complete when a full response is cut after one that ended well': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened, 100);
    expect(await ledger.renewLease(delivery.id, [50, 100], deadlines, 'ended')).toBe('partial');
    expect(await ledger.renewLease(delivery.id, [0, 100], deadlines)).toBe('complete');
  },

  'reopens a delivery only when no other response ended well': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine, theirs } = await leased(opened, 100);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.renewLease(delivery.id, [40, 100], deadlines, 'ended')).toBe('final');
    expect(await ledger.reopen(delivery.id, later(1))).toEqual([]);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await ledger.reopen(delivery.id, later(2))).toEqual([{ ticketId: theirs.ticketId, event: 'reopened' }]);
    await ledger.complete(delivery.id, later(3));
    await ledger.complete(delivery.id, later(4));
    expect(await ledger.reopen(delivery.id, later(5))).toEqual([]);
  },

  'makes an offloaded delivery final when its lease expires': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine, theirs } = await leased(opened);
    expect(await ledger.noteOffloaded(delivery.id, later(30))).toBe(true);
    expect(await stateOf(ledger, mine.ticket)).toBe('drawn');
    expect(await ledger.nextLeaseEnd()).toBe(start + 30 + spans.lease);
    expect(await ledger.expireLeases(later(spans.lease), 10)).toMatchObject({ count: 0 });
    expect(await ledger.removable(start + 9999, 10)).toEqual([]);
    expect(await ledger.expireLeases(later(30 + spans.lease), 10)).toEqual({
      count: 1,
      notices: [{ ticketId: theirs.ticketId, event: 'landed' }],
    });
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 1, deliveredTotal: 1 });
    const removableAt = start + 30 + spans.lease + spans.grace;
    expect(await ledger.removable(removableAt - 1, 10)).toEqual([]);
    expect(await ledger.removable(removableAt, 10)).toMatchObject([{ key: theirs.key }]);
  },

  'never pools the gift of an offloaded delivery again, even when it is reopened': async ({ ledger }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.noteOffloaded(id, deadlines);
    await ledger.complete(id, deadlines);
    await ledger.reopen(id, later(1));
    await ledger.expireLeases(later(1 + spans.lease), 10);
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, deliveredTotal: 1 });
  },

  'offloads open and final deliveries, and no others': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.noteOffloaded(delivery.id, deadlines)).toBe(true);
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    expect(await ledger.noteOffloaded(id, later(spans.lease))).toBe(false);
    expect(await ledger.noteOffloaded(999_999, deadlines)).toBe(false);
  },

  'reopens the ticket when an offloaded gift is quarantined': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine } = await leased(opened);
    await ledger.noteOffloaded(delivery.id, deadlines);
    await ledger.quarantine(delivery.id, deadlines);
    expect(await stateOf(ledger, mine.ticket)).toBe('open');
    expect(await ledger.noteOffloaded(delivery.id, deadlines)).toBe(false);
    expect(await ledger.expireLeases(later(spans.lease), 10)).toMatchObject({ count: 0 });
  },

  'expires at most `limit` leases, the oldest first': async ({ ledger }) => {
    for (const _ of Array(3)) await givePlain(ledger);
    const ids: number[] = [];
    for (const at of [20, 0, 10]) ids.push((await drawn(drawFree(ledger, null, later(at)))).id);
    const after = later(500);
    expect(await ledger.expireLeases(after, 2)).toMatchObject({ count: 2 });
    expect(await ledger.renewLease(ids[1] ?? 0, [0, 1], after)).toBe('over');
    expect(await ledger.renewLease(ids[2] ?? 0, [0, 1], after)).toBe('over');
    expect(await ledger.renewLease(ids[0] ?? 0, [0, 1], after)).toBe('partial');
    expect(await ledger.expireLeases(after, 2)).toMatchObject({ count: 0 });
  },

  'reopens a completed delivery, and reverts its counters': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine, theirs } = await leased(opened);
    await ledger.renewLease(delivery.id, [0, 100], deadlines);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.reopen(delivery.id, later(9))).toEqual([{ ticketId: theirs.ticketId, event: 'reopened' }]);
    expect(await drawn(draw(ledger, mine.ticket))).toMatchObject({
      id: delivery.id,
      state: 'open',
      arrived: [[0, 100]],
      leaseUntil: start + 9 + spans.lease,
      gift: { state: 'leased' },
    });
    expect(await statsOf(ledger)).toMatchObject({ deliveredTotal: 0, openTickets: 1 });
    expect(await ledger.removable(start + 9999, 10)).toEqual([]);
    await ledger.expireLeases(later(9 + spans.lease), 10);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, openTickets: 2 });
  },

  'does not reopen a delivery whose bytes may be removed': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.reopen(delivery.id, later(spans.grace))).toEqual([]);
    const [removable] = await ledger.removable(start + spans.grace, 10);
    await ledger.markRemoved([removable?.id ?? 0]);
    expect(await ledger.reopen(delivery.id, deadlines)).toEqual([]);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
  },

  'shortens the grace when the receiver acknowledges': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.removable(start + 5, 10)).toEqual([]);
    await ledger.complete(delivery.id, { ...later(5), removeAt: start + 5 });
    expect(await ledger.removable(start + 5, 10)).toHaveLength(1);
    await ledger.complete(delivery.id, later(6));
    expect(await ledger.removable(start + 5, 10)).toHaveLength(1);
  },

  'quarantines a damaged gift and reopens the ticket': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine, theirs } = await leased(opened);
    await ledger.quarantine(delivery.id, deadlines);
    expect(await stateOf(ledger, mine.ticket)).toBe('open');
    expect((await ledger.findTicket(theirs.ticket))?.gift.state).toBe('quarantined');
    expect(await ledger.complete(delivery.id, deadlines)).toBeUndefined();
    expect(await ledger.expireLeases(later(500), 10)).toMatchObject({ count: 0 });
    await givePlain(ledger);
    expect(await drawn(draw(ledger, mine.ticket))).toMatchObject({ state: 'open' });
    await expect(ledger.withdraw(theirs.ticket, deadlines)).rejects.toMatchObject({
      code: 'gift-drawn',
    });
    expect(await ledger.removable(start + spans.purge - 1, 10)).toEqual([]);
    expect(await ledger.removable(start + spans.purge, 10)).toHaveLength(1);
  },

  'makes the bytes of a damaged gift removable at once when its delivery is final': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    await ledger.quarantine(delivery.id, later(1));
    expect(await ledger.removable(start + 1, 10)).toHaveLength(1);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
  },
};
