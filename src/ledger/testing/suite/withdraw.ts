/** Cases of withdrawing a gift. */
import { expect } from 'vitest';
import {
  type Case,
  deadlines,
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

export const withdrawCases: Readonly<Record<string, Case>> = {
  'withdraws a gift together with its ticket': async ({ ledger }) => {
    const { ticket, ticketId, key } = await give(ledger);
    const withdrawn = [{ ticketId, event: 'withdrawn' }];
    expect(await ledger.withdraw(ticket, deadlines)).toEqual(withdrawn);
    expect(await ledger.withdraw(ticket, deadlines)).toEqual([]);
    expect(await ledger.findTicket(ticket)).toMatchObject({
      state: 'withdrawn',
      gift: { state: 'withdrawn' },
    });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, openTickets: 0 });
    expect(await ledger.removable(start, 10)).toMatchObject([{ key }]);
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'withdraws the gift of a waiting ticket': async ({ ledger }) => {
    const { ticket } = await give(ledger);
    await draw(ledger, ticket);
    await ledger.withdraw(ticket, deadlines);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, openTickets: 0 });
    expect(await givePlain(ledger)).toMatchObject({ notices: [] });
  },

  'releases the gift held for a withdrawn ticket': async ({ ledger }) => {
    const one = await give(ledger, { sha256: sha256('same') });
    const two = await give(ledger, { sha256: sha256('same') });
    await draw(ledger, one.ticket);
    await draw(ledger, two.ticket);
    const { key } = await givePlain(ledger);
    expect(await ledger.withdraw(one.ticket, deadlines)).toEqual([
      { ticketId: one.ticketId, event: 'withdrawn' },
      { ticketId: two.ticketId, event: 'ready' },
    ]);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 0 });
    expect(await ledger.withdraw(two.ticket, deadlines)).toMatchObject([{ event: 'withdrawn' }]);
    expect((await drawn(drawFree(ledger))).gift.key).toBe(key);
  },

  'rejects withdrawing a gift that is drawn': async ({ ledger }) => {
    const { ticket } = await give(ledger);
    const stranger = await give(ledger);
    const { id } = await drawn(draw(ledger, stranger.ticket));
    const refused = { code: 'gift-drawn' };
    await expect(ledger.withdraw(ticket, deadlines)).rejects.toMatchObject(refused);
    await ledger.complete(id, deadlines);
    await expect(ledger.withdraw(ticket, deadlines)).rejects.toMatchObject(refused);
    expect(await stateOf(ledger, ticket)).toBe('open');
  },

  'rejects withdrawing after the ticket has drawn': async ({ ledger }) => {
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    const { id } = await drawn(draw(ledger, ticket));
    const refused = { code: 'draw-made' };
    await expect(ledger.withdraw(ticket, deadlines)).rejects.toMatchObject(refused);
    await ledger.complete(id, deadlines);
    await expect(ledger.withdraw(ticket, deadlines)).rejects.toMatchObject(refused);
  },

  'withdraws a gift after the lease of its ticket’s draw expires': async ({ ledger }) => {
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    await drawn(draw(ledger, ticket));
    await ledger.expireLeases(later(spans.lease), 10);
    await ledger.withdraw(ticket, later(spans.lease));
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 0 });
  },

  'rejects withdrawing with an unknown or expired ticket': async ({ ledger }) => {
    await expect(ledger.withdraw(sha256('none'), deadlines)).rejects.toMatchObject({
      code: 'ticket-unknown',
    });
    const { ticket } = await give(ledger);
    await ledger.expire(later(spans.ticket), 0, 10);
    await expect(ledger.withdraw(ticket, deadlines)).rejects.toMatchObject({
      code: 'ticket-expired',
    });
  },
};
