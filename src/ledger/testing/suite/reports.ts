/** Cases of reports by several parties, which withhold a file until the desk decides. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import type { NewGift } from '../../types.ts';
import {
  type Case,
  deadlinesAt,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  sha256,
  spans,
  start,
  stateOf,
  statsOf,
} from '../samples.ts';

const by = (...parties: string[]) => ({ reason: 'harmful', note: null, parties }) as const;

/** Reports the next delivery of the only free gift, lets it lapse, and answers the time after that. */
async function reportOnce(ledger: Ledger, party: string, at: number): Promise<number> {
  const { id } = await drawn(drawFree(ledger, null, deadlinesAt(at)));
  await ledger.report(id, by(party), deadlinesAt(at));
  const end = at + spans.lease + 1;
  await ledger.expireLeases(deadlinesAt(end), 10);
  return end;
}

async function reportBy(ledger: Ledger, ...parties: string[]): Promise<number> {
  let at = start;
  for (const party of parties) at = await reportOnce(ledger, party, at);
  return at;
}

/** A free copy of the bytes that are reported. */
const copy = (ledger: Ledger, gift: Partial<NewGift> = {}) => givePlain(ledger, { sha256: sha256('bad'), ...gift });

const states = async (ledger: Ledger) => (await ledger.audit()).gifts;

export const reportCases: Readonly<Record<string, Case>> = {
  'returns a gift to the pool after reports of two parties': async ({ ledger }) => {
    await givePlain(ledger);
    await reportBy(ledger, 'one', 'two', 'one', 'two');
    expect(await states(ledger)).toEqual({ pooled: 1 });
    expect(await ledger.withheldHashes()).toEqual([]);
  },

  'withholds a gift that returns after reports of three parties, and never removes its bytes': async ({ ledger }) => {
    const { ticketId, ticket } = await give(ledger, { sha256: sha256('bad') });
    let at = start;
    for (const party of ['one', 'two', 'three']) {
      // Of one giver, so that each can only draw the other file.
      const mine = await give(ledger, { giver: 'crowd' }, deadlinesAt(at));
      const delivery = await drawn(draw(ledger, mine.ticket, deadlinesAt(at)));
      expect((await ledger.report(delivery.id, by(party), deadlinesAt(at)))?.gift.state).toBe('leased');
      at += spans.lease + 1;
      const { notices } = await ledger.expireLeases(deadlinesAt(at), 10);
      const removed = { ticketId, event: 'removed' };
      expect(notices).toEqual([
        { ticketId: mine.ticketId, event: 'reopened' },
        ...(party === 'three' ? [removed] : []),
      ]);
      expect(await stateOf(ledger, mine.ticket)).toBe('open');
    }
    expect(await states(ledger)).toEqual({ pooled: 3, quarantined: 1 });
    expect(await ledger.withheldHashes()).toEqual([sha256('bad')]);
    expect(await stateOf(ledger, ticket)).toBe('open');
    expect(await ledger.removable(at + 1_000_000_000, 10)).toEqual([]);
    await ledger.purge(at + 1_000_000_000, 10);
    expect(await states(ledger)).toEqual({ pooled: 3, quarantined: 1 });
  },

  'takes a pooled gift when the third party reports its lapsed delivery': async ({ ledger }) => {
    await givePlain(ledger);
    const lapsed: number[] = [];
    let at = start;
    for (let n = 0; n < 3; n++) {
      lapsed.push((await drawn(drawFree(ledger, null, deadlinesAt(at)))).id);
      at += spans.lease + 1;
      await ledger.expireLeases(deadlinesAt(at), 10);
    }
    const [first = 0, second = 0, third = 0] = lapsed;
    await ledger.report(first, by('one'), deadlinesAt(at));
    await ledger.report(second, by('two'), deadlinesAt(at));
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1 });
    expect((await ledger.report(third, by('three'), deadlinesAt(at)))?.gift.state).toBe('quarantined');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0 });
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'takes a reported gift from the ticket that it is held for': async ({ ledger }) => {
    await copy(ledger);
    const at = await reportBy(ledger, 'one', 'two');
    const { id } = await drawn(drawFree(ledger, null, deadlinesAt(at)));
    const waiting = await give(ledger);
    expect(await draw(ledger, waiting.ticket, deadlinesAt(at))).toMatchObject({ outcome: 'waiting' });
    await ledger.expireLeases(deadlinesAt(at + spans.lease + 1), 10);
    expect(await stateOf(ledger, waiting.ticket)).toBe('ready');
    const reported = await ledger.report(id, by('three'), deadlinesAt(at + spans.lease + 2));
    expect(reported?.gift.state).toBe('quarantined');
    expect(reported?.notices).toEqual([{ ticketId: waiting.ticketId, event: 'reopened' }]);
    expect(await stateOf(ledger, waiting.ticket)).toBe('open');
  },

  'counts a party once, whatever the key of its hash': async ({ ledger }) => {
    await givePlain(ledger);
    let at = await reportBy(ledger, 'old one', 'two');
    const { id } = await drawn(drawFree(ledger, null, deadlinesAt(at)));
    await ledger.report(id, by('new one', 'old one'), deadlinesAt(at));
    at += spans.lease + 1;
    await ledger.expireLeases(deadlinesAt(at), 10);
    expect(await states(ledger)).toEqual({ pooled: 1 });
    await reportOnce(ledger, 'three', at);
    expect(await states(ledger)).toEqual({ quarantined: 1 });
  },

  'forgets parties, and what they reported does not count any more': async ({ ledger }) => {
    await givePlain(ledger);
    const at = await reportBy(ledger, 'one', 'two');
    expect(await ledger.forgetParties(start)).toBe(0);
    expect(await ledger.forgetParties(at)).toBe(2);
    await reportOnce(ledger, 'three', at);
    expect(await states(ledger)).toEqual({ pooled: 1 });
  },

  'withholds copies of reported bytes in the pool, but no delivery under way': async ({ ledger }) => {
    const first = await copy(ledger);
    const at = await reportBy(ledger, 'one', 'two', 'three');
    const pooled = await copy(ledger);
    const leased = await copy(ledger);
    const { gift, id } = await drawn(drawFree(ledger, null, deadlinesAt(at)));
    const innocent = await givePlain(ledger);
    const keys = [first.key, pooled.key, leased.key, innocent.key];
    expect(await ledger.withholdGifts(keys, deadlinesAt(at))).toEqual({ count: 1, notices: [] });
    expect(await states(ledger)).toEqual({ pooled: 1, leased: 1, quarantined: 2 });
    expect(keys).toContain(gift.key);
    expect(await ledger.complete(id, deadlinesAt(at))).toEqual([]);
    expect(await ledger.deskVersion()).toBeGreaterThan(0);
  },

  'keeps keys of two periods, of which the first proposal wins': async ({ ledger, second }) => {
    expect(await ledger.partyKeys(7, 'a')).toEqual(['a']);
    expect(await (await second()).partyKeys(7, 'b')).toEqual(['a']);
    expect(await ledger.partyKeys(8, 'c')).toEqual(['c', 'a']);
    expect(await ledger.partyKeys(9, 'd')).toEqual(['d', 'c']);
  },
};
