/** Cases of promise P5, never your own: eligible gifts, and the order of waiting tickets. */
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
  sha256,
  spans,
  start,
  stateOf,
  statsOf,
} from '../samples.ts';

/** Tickets of different givers of the same bytes that wait in this order for a gift of another giver. */
async function waitingTickets({ ledger }: Parameters<Case>[0], count: number) {
  const tickets = [];
  for (const _ of Array(count)) tickets.push(await give(ledger, { sha256: sha256('the same') }));
  // They begin to wait in another order than they gave: the age of the ticket counts.
  for (const { ticket, ticketId } of tickets.toReversed()) {
    expect(await draw(ledger, ticket)).toEqual({ outcome: 'waiting', ticketId });
  }
  return tickets as [(typeof tickets)[0], (typeof tickets)[0], ...typeof tickets];
}

export const neverOwnCases: Readonly<Record<string, Case>> = {
  'never draws a gift of the same giver': async ({ ledger }) => {
    for (const _ of Array(30)) await givePlain(ledger, { giver: 'me' });
    const { key } = await givePlain(ledger);
    const { ticket } = await give(ledger, { giver: 'me' });
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(key);
  },

  'never draws a gift with the bytes of the ticket’s own gift': async ({ ledger }) => {
    for (const _ of Array(30)) await givePlain(ledger, { sha256: sha256('mine') });
    const { key } = await givePlain(ledger);
    const { ticket } = await give(ledger, { sha256: sha256('mine') });
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(key);
  },

  'never draws a gift of the same giver in a free draw': async ({ ledger }) => {
    for (const _ of Array(30)) await givePlain(ledger, { giver: 'me' });
    expect(await drawFree(ledger, 'me')).toMatchObject({ outcome: 'empty' });
    const { key } = await givePlain(ledger);
    expect((await drawn(drawFree(ledger, 'me'))).gift.key).toBe(key);
    expect(await drawn(drawFree(ledger))).toMatchObject({ gift: { state: 'leased' } });
  },

  'makes a ticket wait while the pool holds only its own gift': async ({ ledger }) => {
    const { ticket, ticketId } = await give(ledger);
    expect(await draw(ledger, ticket)).toEqual({ outcome: 'waiting', ticketId });
    expect(await draw(ledger, ticket)).toEqual({ outcome: 'waiting', ticketId });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 1 });
  },

  'holds the next gift for the oldest waiting ticket': async (opened) => {
    const { ledger } = opened;
    const [first, second, third] = await waitingTickets(opened, 3);
    const given = await give(ledger);
    expect(given.notices).toEqual([{ ticketId: first.ticketId, event: 'ready' }]);
    expect(await stateOf(ledger, first.ticket)).toBe('ready');
    expect(await draw(ledger, second.ticket)).toMatchObject({ outcome: 'waiting' });
    expect(await ledger.nextLeaseEnd()).toBe(deadlines.holdUntil);
    const delivery = await drawn(draw(ledger, first.ticket, later(7)));
    expect(delivery).toMatchObject({
      state: 'open',
      leaseUntil: start + 7 + spans.lease,
      gift: { key: given.key },
    });
    expect(delivery.nonce).toMatch('nonce');
    expect(await drawn(draw(ledger, first.ticket))).toEqual(delivery);
    expect((await givePlain(ledger)).notices).toMatchObject([{ ticketId: second.ticketId }]);
    expect((await givePlain(ledger)).notices).toMatchObject([{ ticketId: third?.ticketId }]);
    expect((await givePlain(ledger)).notices).toEqual([]);
  },

  'skips waiting tickets that the gift is not eligible for': async (opened) => {
    const { ledger } = opened;
    const [first, second] = await waitingTickets(opened, 2);
    const { notices } = await givePlain(ledger, { giver: first.giver });
    expect(notices).toEqual([{ ticketId: second.ticketId, event: 'ready' }]);
    expect(await givePlain(ledger, { sha256: first.sha256 })).toMatchObject({ notices: [] });
    expect(await stateOf(ledger, first.ticket)).toBe('waiting');
  },

  'passes a held gift on when its ticket does not fetch it': async (opened) => {
    const { ledger } = opened;
    const [first, second] = await waitingTickets(opened, 2);
    const { key } = await givePlain(ledger);
    const at = deadlinesAt(deadlines.holdUntil);
    expect(await ledger.expireLeases(at, 10)).toEqual({
      count: 1,
      notices: [
        { ticketId: first.ticketId, event: 'reopened' },
        { ticketId: second.ticketId, event: 'ready' },
      ],
    });
    expect(await stateOf(ledger, first.ticket)).toBe('open');
    expect((await drawn(draw(ledger, second.ticket, at))).gift.key).toBe(key);
    expect(await draw(ledger, first.ticket, at)).toMatchObject({ outcome: 'waiting' });
  },

  'holds a gift with an expired lease for a waiting ticket': async ({ ledger }) => {
    const given = await givePlain(ledger);
    await drawn(drawFree(ledger));
    const { ticket, ticketId } = await give(ledger);
    expect(await draw(ledger, ticket)).toMatchObject({ outcome: 'waiting' });
    const { notices } = await ledger.expireLeases(later(spans.lease), 10);
    expect(notices).toEqual([{ ticketId, event: 'ready' }]);
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(given.key);
  },

  'serves two tickets with each other’s gift': async ({ ledger }) => {
    const one = await give(ledger, { giver: 'one' });
    expect(await draw(ledger, one.ticket)).toMatchObject({ outcome: 'waiting' });
    const two = await give(ledger, { giver: 'two' });
    expect(two.notices).toEqual([{ ticketId: one.ticketId, event: 'ready' }]);
    expect((await drawn(draw(ledger, two.ticket))).gift.key).toBe(one.key);
    expect((await drawn(draw(ledger, one.ticket))).gift.key).toBe(two.key);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, openTickets: 0 });
  },
};
