/** Cases of a gift that is offered again because its answer was lost: it is pooled once per ticket. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import {
  type Case,
  deadlines,
  draw,
  drawn,
  give,
  givePlain,
  later,
  newGift,
  sha256,
  statsOf,
} from '../samples.ts';

/** Offers the gift of a ticket again: other bytes in the vault, the same ticket. */
async function giveAgain(
  ledger: Ledger,
  given: Awaited<ReturnType<typeof give>>,
  maxPoolBytes = Number.POSITIVE_INFINITY,
) {
  const { ticket, ticketId, key, name, giver, sha256 } = given;
  const copy = newGift({ ticketHash: ticket, giver, sha256, maxPoolBytes });
  expect(await ledger.give(copy, later(5))).toEqual({
    ticketId,
    gift: expect.objectContaining({ key, name, giver, sha256, givenAt: deadlines.now }),
    notices: [],
  });
  expect(await ledger.hasGift(copy.key)).toBe(false);
}

export const againCases: Readonly<Record<string, Case>> = {
  'pools one gift for a ticket, and tells of it at each further try': async ({ ledger }) => {
    const given = await give(ledger);
    await giveAgain(ledger, given);
    await giveAgain(ledger, given);
    expect(await statsOf(ledger)).toMatchObject({
      gifts: 1,
      bytes: 10,
      openTickets: 1,
      givenTotal: 1,
    });
  },

  'tells of the gift that is there, not of the one that is offered': async ({ ledger }) => {
    const { ticket, key, giver, name } = await give(ledger);
    const other = newGift({ ticketHash: ticket, giver: 'another' });
    expect((await ledger.give(other, deadlines)).gift).toMatchObject({ key, giver, name });
  },

  'refuses no gift that is there already when the pool is full': async ({ ledger }) => {
    const given = await give(ledger, { maxPoolBytes: 10 });
    await expect(givePlain(ledger, { maxPoolBytes: 10 })).rejects.toMatchObject({
      code: 'storage-full',
    });
    await giveAgain(ledger, given, 10);
  },

  'tells of a gift whose ticket is over, and leaves both as they are': async ({ ledger }) => {
    const withdrawn = await give(ledger);
    await ledger.withdraw(withdrawn.ticket, deadlines);
    await giveAgain(ledger, withdrawn);
    expect((await ledger.findTicket(withdrawn.ticket))?.state).toBe('withdrawn');
    const spent = await give(ledger);
    await givePlain(ledger);
    await ledger.complete((await drawn(draw(ledger, spent.ticket))).id, deadlines);
    await giveAgain(ledger, spent);
    expect((await ledger.findTicket(spent.ticket))?.state).toBe('spent');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 0 });
  },

  'pools one of many that come at once for a ticket': async ({ ledger, second }) => {
    const other = await second();
    const ticketHash = sha256('one ticket');
    const tries = Array.from({ length: 64 }, (_, n) =>
      (n % 2 ? other : ledger).give(newGift({ ticketHash }), deadlines),
    );
    const keys = (await Promise.all(tries)).map(({ gift }) => gift.key);
    expect(new Set(keys).size).toBe(1);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 1, givenTotal: 1 });
    await other.close();
  },
};
