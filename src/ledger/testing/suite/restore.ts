/** Cases of a restored copy, whose gifts wait for a decision. */
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
  start,
  stateOf,
  statsOf,
} from '../samples.ts';

const century = 100 * 365 * 24 * 60 * 60 * 1000;

export const restoreCases: Readonly<Record<string, Case>> = {
  'sets all gifts aside and returns them, in steps': async ({ ledger }) => {
    const keys = new Set([(await givePlain(ledger)).key, (await givePlain(ledger)).key, (await give(ledger)).key]);
    const { count } = await ledger.setAside(deadlines, 2);
    expect(count + (await ledger.setAside(deadlines, 2)).count).toBe(3);
    expect(await ledger.setAside(deadlines, 2)).toMatchObject({ count: 0 });
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0 });
    // Neither bytes nor rows go meanwhile.
    expect(await ledger.removable(start + century, 10)).toEqual([]);
    await ledger.purge(start + century, 10);
    expect(await ledger.returnSetAside(deadlines, 2)).toMatchObject({ count: 2 });
    expect(await ledger.returnSetAside(deadlines, 2)).toMatchObject({ count: 1 });
    expect(await ledger.returnSetAside(deadlines, 2)).toMatchObject({ count: 0 });
    for (const _ of [1, 2]) expect(keys.delete((await drawn(drawFree(ledger))).gift.key)).toBe(true);
  },

  'sets aside a gift on its way, and its ticket is good again': async ({ ledger }) => {
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    const { id } = await drawn(draw(ledger, ticket));
    await ledger.setAside(deadlines, 10);
    expect(await stateOf(ledger, ticket)).toBe('open');
    expect(await ledger.complete(id, later(1))).toBeUndefined();
    await draw(ledger, ticket);
    expect(await stateOf(ledger, ticket)).toBe('waiting');
    // The returned gift serves the ticket that waits.
    await ledger.returnSetAside(deadlines, 10);
    expect(await stateOf(ledger, ticket)).toBe('ready');
  },
};
