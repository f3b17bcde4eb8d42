/** Cases of giving and drawing: what a gift earns, what a ticket draws, and free draws. */
import { expect } from 'vitest';
import { unfairness } from '../fairness.ts';
import {
  type Case,
  deadlines,
  deadlinesAt,
  deliveryOf,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  hoursWith,
  kindOf,
  later,
  newGift,
  sha256,
  spans,
  start,
  stateOf,
  statsOf,
} from '../samples.ts';

export const drawCases: Readonly<Record<string, Case>> = {
  'pools a gift and issues a ticket for it': async ({ ledger }) => {
    const given = await give(ledger, { size: 7, extension: 'pdf', kind: 'pdf' });
    expect(given).toMatchObject({ ticketId: expect.any(Number), notices: [] });
    expect(await ledger.findTicket(given.ticket)).toMatchObject({
      id: given.ticketId,
      state: 'open',
      expiresAt: deadlines.ticketUntil,
      gift: { key: given.key, state: 'pooled', size: 7, givenAt: start },
    });
    expect(await ledger.hasGift(given.key)).toBe(true);
    expect(await ledger.hasGift('0'.repeat(32))).toBe(false);
  },

  'counts a gift of unknown type, backs its ticket, and draws it': async ({ ledger }) => {
    const opaque = { extension: 'unknown', kind: 'other', mimeType: 'application/octet-stream' } as const;
    const given = await give(ledger, opaque);
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
    const free = await givePlain(ledger, opaque);
    expect(await statsOf(ledger)).toMatchObject({
      kinds: [{ kind: 'other', gifts: 2, bytes: 20, owed: 0 }],
      extensions: ['unknown'],
    });
    expect(deliveryOf(await draw(ledger, given.ticket)).gift).toMatchObject({ key: free.key, kind: 'other' });
  },

  'counts pooled gifts, tickets and deliveries as they change': async ({ ledger }) => {
    const none = { gifts: 0, bytes: 0, openTickets: 0, givenTotal: 0, deliveredTotal: 0 };
    expect(await statsOf(ledger)).toEqual({
      ...none,
      kinds: [],
      extensions: [],
      hours: hoursWith(0, 0),
    });
    await givePlain(ledger, { size: 5, extension: 'png', kind: 'image' });
    await givePlain(ledger, { size: 2 ** 40, extension: 'txt' });
    await give(ledger, { size: 4, extension: 'md' });
    expect(await statsOf(ledger)).toEqual({
      gifts: 3,
      bytes: 2 ** 40 + 9,
      openTickets: 1,
      givenTotal: 3,
      deliveredTotal: 0,
      kinds: [
        { kind: 'text', gifts: 2, bytes: 2 ** 40 + 4, owed: 0 },
        { kind: 'image', gifts: 1, bytes: 5, owed: 0 },
      ],
      extensions: ['md', 'png', 'txt'],
      hours: hoursWith(3, 0),
    });
    for (let n = 0; n < 2; n += 1) {
      await ledger.complete((await drawn(drawFree(ledger))).id, deadlines);
    }
    expect(await statsOf(ledger)).toMatchObject({
      gifts: 1,
      openTickets: 1,
      givenTotal: 3,
      deliveredTotal: 2,
      kinds: [{ gifts: 1 }],
      extensions: [expect.any(String)],
    });
  },

  'rejects a gift over the pool limit, and stores neither gift nor ticket': async ({ ledger }) => {
    await givePlain(ledger, { size: 60 });
    await givePlain(ledger, { size: 40, maxPoolBytes: 100 });
    expect(await ledger.keptFigures()).toEqual({ gifts: 2, bytes: 100 });
    // Bytes count until they are removed.
    await ledger.complete((await drawn(drawFree(ledger))).id, deadlines);
    const tooLarge = newGift({ size: 1, maxPoolBytes: 100, ticketHash: sha256('t') });
    await expect(ledger.give(tooLarge, deadlines)).rejects.toMatchObject({ code: 'storage-full' });
    expect(await ledger.hasGift(tooLarge.key)).toBe(false);
    expect(await ledger.findTicket(sha256('t'))).toBeUndefined();
    expect(await statsOf(ledger)).toMatchObject({ givenTotal: 2, openTickets: 0 });
  },

  'rejects an unknown pool': async ({ ledger }) => {
    await expect(ledger.stats('nowhere', start)).rejects.toMatchObject({ code: 'not-found' });
    await expect(givePlain(ledger, { pool: 'nowhere' })).rejects.toMatchObject({
      code: 'not-found',
    });
  },

  'draws another giver’s gift for a ticket, and leases it': async ({ ledger }) => {
    const given = await givePlain(ledger, { size: 123 });
    const { ticket, ticketId } = await give(ledger);
    const delivery = await drawn(draw(ledger, ticket));
    expect(delivery).toMatchObject({
      state: 'open',
      ticketId,
      leaseUntil: deadlines.leaseUntil,
      arrived: [],
      readable: true,
      gift: { key: given.key, name: given.name, size: 123, state: 'leased' },
    });
    expect(Buffer.from(delivery.gift.checks)).toEqual(Buffer.from(given.checks));
    expect(await stateOf(ledger, ticket)).toBe('drawn');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 0 });
  },

  'answers the same delivery when a ticket draws again': async ({ ledger }) => {
    await givePlain(ledger);
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    const request = { ticketHash: ticket, nonce: 'first', secretHash: sha256('first') };
    const first = deliveryOf(await ledger.drawForTicket(request, deadlines));
    const again = await drawn(draw(ledger, ticket, later(5)));
    expect(again).toEqual(first);
    expect(again.nonce).toBe('first');
    expect(await ledger.findDelivery(sha256('first'))).toEqual(first);
    expect(await ledger.findDelivery(sha256('second'))).toBeUndefined();
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2 });
  },

  'spends the ticket and notifies the giver when a delivery completes': async ({ ledger }) => {
    const theirs = await give(ledger);
    const { ticket } = await give(ledger);
    const { id } = await drawn(draw(ledger, ticket));
    const notices = await ledger.complete(id, later(10));
    expect(notices).toEqual([{ ticketId: theirs.ticketId, event: 'landed' }]);
    expect(await ledger.complete(id, later(11))).toEqual([]);
    expect(await stateOf(ledger, ticket)).toBe('spent');
    expect((await ledger.findTicket(theirs.ticket))?.gift.state).toBe('delivered');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, deliveredTotal: 1 });
    expect(await ledger.nextLeaseEnd()).toBeUndefined();
  },

  'answers the delivery of a spent ticket until the bytes are removed': async ({ ledger }) => {
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    const { id } = await drawn(draw(ledger, ticket));
    await ledger.complete(id, deadlines);
    expect(await drawn(draw(ledger, ticket, later(5)))).toMatchObject({
      id,
      state: 'received',
      readable: true,
    });
    const [removable] = await ledger.removable(start + spans.grace, 10);
    await ledger.markRemoved([removable?.id ?? 0]);
    await expect(draw(ledger, ticket)).rejects.toMatchObject({ code: 'ticket-spent' });
  },

  'rejects an unknown ticket': async ({ ledger }) => {
    await expect(draw(ledger, sha256('no ticket'))).rejects.toMatchObject({
      code: 'ticket-unknown',
    });
    expect(await ledger.findTicket(sha256('no ticket'))).toBeUndefined();
  },

  'rejects a withdrawn ticket': async ({ ledger }) => {
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    await ledger.withdraw(ticket, deadlines);
    await expect(draw(ledger, ticket)).rejects.toMatchObject({ code: 'ticket-withdrawn' });
  },

  'rejects an expired ticket, before and after the sweep': async ({ ledger }) => {
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    const after = deadlinesAt(deadlines.ticketUntil);
    await expect(draw(ledger, ticket, after)).rejects.toMatchObject({ code: 'ticket-expired' });
    expect(await ledger.expire(after, 0, 10)).toMatchObject({ count: 1 });
    await expect(draw(ledger, ticket, after)).rejects.toMatchObject({ code: 'ticket-expired' });
    expect(await statsOf(ledger)).toMatchObject({ openTickets: 0 });
  },

  'draws freely only as many gifts as exceed the open tickets': async ({ ledger }) => {
    await give(ledger);
    await give(ledger);
    expect(await drawFree(ledger)).toEqual({ outcome: 'empty', ticketId: null });
    await givePlain(ledger);
    expect(await drawn(drawFree(ledger))).toMatchObject({ ticketId: null, nonce: null });
    expect(await drawFree(ledger)).toEqual({ outcome: 'empty', ticketId: null });
  },

  'reserves one gift for each waiting ticket against free draws': async ({ ledger }) => {
    const { ticket } = await give(ledger);
    expect(await draw(ledger, ticket)).toMatchObject({ outcome: 'waiting' });
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'draws every gift once, then answers that the pool is empty': async ({ ledger }) => {
    const keys = new Set<string>();
    for (const _ of Array(20)) keys.add((await givePlain(ledger)).key);
    for (const _ of Array(20)) {
      expect(keys.delete((await drawn(drawFree(ledger))).gift.key)).toBe(true);
    }
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'draws every gift of another giver with the same probability': async ({ ledger }) => {
    await givePlain(ledger, { giver: 'me' });
    const keys: string[] = [];
    for (const extension of ['txt', 'txt', 'png', 'png', 'pdf']) {
      keys.push((await givePlain(ledger, { extension, kind: kindOf(extension) })).key);
    }
    const roll = async () => {
      const { gift } = await drawn(drawFree(ledger, 'me'));
      await ledger.expireLeases(later(spans.lease), 1);
      return gift.key;
    };
    expect(await unfairness(keys, 400, roll)).toBeLessThan(1);
  },
};
