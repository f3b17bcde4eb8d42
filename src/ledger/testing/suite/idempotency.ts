/** Cases of a gift that is offered again because its answer was lost: it is pooled once per ticket. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import { type Case, deadlines, draw, drawn, give, givePlain, later, newGift, sha256, statsOf } from '../samples.ts';

/** Offers the gift of a ticket again: other bytes in the vault, the same ticket. */
async function expectSameGift(
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

export const idempotencyCases: Readonly<Record<string, Case>> = {
  'pools one gift per ticket, and answers it at each retry': async ({ ledger }) => {
    const given = await give(ledger);
    await expectSameGift(ledger, given);
    await expectSameGift(ledger, given);
    expect(await statsOf(ledger)).toMatchObject({
      gifts: 1,
      bytes: 10,
      openTickets: 1,
      givenTotal: 1,
    });
  },

  'answers the earlier gift, not the one of the retry': async ({ ledger }) => {
    const { ticket, key, giver, name } = await give(ledger);
    const other = newGift({ ticketHash: ticket, giver: 'another' });
    expect((await ledger.give(other, deadlines)).gift).toMatchObject({ key, giver, name });
  },

  'answers the earlier gift when the pool is full': async ({ ledger }) => {
    const given = await give(ledger, { maxPoolBytes: 10 });
    await expect(givePlain(ledger, { maxPoolBytes: 10 })).rejects.toMatchObject({
      code: 'storage-full',
    });
    await expectSameGift(ledger, given, 10);
  },

  'answers a gift whose ticket is withdrawn or spent, and changes neither': async ({ ledger }) => {
    const withdrawn = await give(ledger);
    await ledger.withdraw(withdrawn.ticket, deadlines);
    await expectSameGift(ledger, withdrawn);
    expect((await ledger.findTicket(withdrawn.ticket))?.state).toBe('withdrawn');
    const spent = await give(ledger);
    await givePlain(ledger);
    await ledger.complete((await drawn(draw(ledger, spent.ticket))).id, deadlines);
    await expectSameGift(ledger, spent);
    expect((await ledger.findTicket(spent.ticket))?.state).toBe('spent');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 0 });
  },

  'pools one of several concurrent gifts for the same ticket': async ({ ledger, second }) => {
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
