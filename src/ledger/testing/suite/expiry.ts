/** Cases of the sweep's verbs. */
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

const never = 0;

/** Records that all removable bytes are removed. */
async function removeAll({ ledger }: Parameters<Case>[0], now: number): Promise<number> {
  const due = await ledger.removable(now, 1000);
  await ledger.markRemoved(due.map(({ id }) => id));
  return due.length;
}

export const expiryCases: Readonly<Record<string, Case>> = {
  'expires free gifts that were given too long ago': async (opened) => {
    const { ledger } = opened;
    const old = await givePlain(ledger);
    const young = await givePlain(ledger, {}, later(50));
    expect(await ledger.expire(later(60), start + 50, 10)).toEqual({ count: 1, notices: [] });
    expect(await ledger.removable(start + 60, 10)).toMatchObject([{ key: old.key }]);
    expect((await drawn(drawFree(ledger))).gift.key).toBe(young.key);
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'never expires a gift that an open ticket needs': async ({ ledger }) => {
    const one = await give(ledger);
    const two = await give(ledger);
    await givePlain(ledger, {}, later(10));
    const swept = await ledger.expire(later(900), start + 900, 10);
    expect(swept).toMatchObject({ count: 1 });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, openTickets: 2 });
    expect(await drawn(draw(ledger, one.ticket))).toBeDefined();
    // The oldest gift expires although it earned a ticket: its giver gets a notice, and the ticket stays good.
    expect(swept.notices).toEqual([{ ticketId: one.ticketId, event: 'expired' }]);
    expect(await stateOf(ledger, two.ticket)).toBe('open');
  },

  'expires old tickets, and then the gifts that no ticket needs any more': async ({ ledger }) => {
    const { ticket, ticketId } = await give(ledger);
    const waiting = await give(ledger, { giver: 'w' });
    await drawn(draw(ledger, waiting.ticket));
    const after = deadlinesAt(deadlines.ticketUntil);
    const { count, notices } = await ledger.expire(after, after.now, 10);
    expect(count).toBe(2);
    expect(notices).toEqual([
      { ticketId, event: 'expired' },
      { ticketId: waiting.ticketId, event: 'expired' },
    ]);
    expect(await stateOf(ledger, ticket)).toBe('expired');
    expect(await stateOf(ledger, waiting.ticket)).toBe('drawn');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, openTickets: 0 });
  },

  'expires gifts whose slot changes during the same sweep': async ({ ledger }) => {
    for (const age of [0, 20, 10]) await givePlain(ledger, {}, later(age));
    expect(await ledger.expire(later(30), start + 15, 10)).toMatchObject({ count: 2 });
    expect(await drawn(drawFree(ledger))).toMatchObject({ gift: { givenAt: start + 20 } });
  },

  'ends a gift and its ticket when its giver wants': async ({ ledger }) => {
    await givePlain(ledger, { expiresAt: start + 200 });
    const { ticket, ticketId } = await give(ledger, { expiresAt: start + 100 });
    expect(await ledger.findTicket(ticket)).toMatchObject({ expiresAt: start + 100, gift: { expiresAt: start + 100 } });
    expect(await ledger.expire(later(99), never, 10)).toEqual({ count: 0, notices: [] });
    expect(await ledger.expire(later(100), never, 10)).toEqual({
      count: 2,
      notices: Array(2).fill({ ticketId, event: 'expired' }),
    });
    expect(await ledger.removable(start + 100, 10)).toHaveLength(1);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, openTickets: 0 });
    expect(await ledger.expire(later(200), never, 10)).toMatchObject({ count: 1 });
  },

  'keeps a gift beyond its end while another ticket needs it': async ({ ledger }) => {
    const short = await give(ledger, { expiresAt: start + 100 });
    const other = await give(ledger);
    await drawn(draw(ledger, short.ticket));
    expect(await ledger.expire(later(100), never, 10)).toMatchObject({ count: 0 });
    expect((await drawn(draw(ledger, other.ticket))).gift.key).toBe(short.key);
  },

  'shortens a life, and never lengthens one': async ({ ledger }) => {
    const { ticket } = await give(ledger);
    await ledger.shorten(ticket, start + 300);
    await ledger.shorten(ticket, start + 400);
    const ends = { expiresAt: start + 300, gift: { expiresAt: start + 300 } };
    expect(await ledger.findTicket(ticket)).toMatchObject(ends);
    await drawn(draw(ledger, (await give(ledger)).ticket));
    await expect(ledger.shorten(ticket, start + 200)).rejects.toMatchObject({ code: 'gift-drawn' });
    await expect(ledger.shorten('0'.repeat(64), start)).rejects.toMatchObject({ code: 'ticket-unknown' });
    const gone = await give(ledger);
    await ledger.withdraw(gone.ticket, deadlines);
    await expect(ledger.shorten(gone.ticket, start)).rejects.toMatchObject({ code: 'ticket-withdrawn' });
  },

  'expires free gifts behind older ones that are owed by kind': async ({ ledger }) => {
    for (let n = 0; n < 4; n++) await give(ledger, { kind: 'audio', wish: ['audio'] });
    for (let n = 0; n < 3; n++) await givePlain(ledger, { kind: 'text' }, later(10));
    expect(await ledger.expire(later(50), start + 40, 2)).toMatchObject({ count: 2 });
    expect(await ledger.expire(later(50), start + 40, 2)).toMatchObject({ count: 1 });
    expect(await ledger.expire(later(50), start + 40, 2)).toMatchObject({ count: 0 });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 4, openTickets: 4 });
  },

  'expires at most `limit` gifts at a time': async ({ ledger }) => {
    for (const _ of Array(5)) await givePlain(ledger);
    expect(await ledger.expire(later(1), start + 1, 3)).toMatchObject({ count: 3 });
    expect(await ledger.expire(later(1), start + 1, 3)).toMatchObject({ count: 2 });
    expect(await ledger.removable(start + 1, 2)).toHaveLength(2);
    expect(await ledger.expire(later(1), never, 3)).toEqual({ count: 0, notices: [] });
  },

  'lists removable gifts from the end of the grace until they are marked removed': async (opened) => {
    const { ledger } = opened;
    const { key } = await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    expect(await removeAll(opened, start + 9999)).toBe(0);
    await ledger.complete(id, deadlines);
    expect(await ledger.removable(start + spans.grace - 1, 10)).toEqual([]);
    expect(await ledger.removable(start + spans.grace, 10)).toMatchObject([{ key }]);
    await ledger.markRemoved([]);
    expect(await removeAll(opened, start + spans.grace)).toBe(1);
    expect(await removeAll(opened, start + spans.grace)).toBe(0);
  },

  'purges rows once the bytes are removed and the retention is over': async (opened) => {
    const { ledger } = opened;
    const { key } = await givePlain(ledger);
    const delivery = await drawn(drawFree(ledger));
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.purge(start + spans.purge, 10)).toBe(0);
    await removeAll(opened, start + spans.purge);
    expect(await ledger.purge(start + spans.purge - 1, 10)).toBe(0);
    expect(await ledger.purge(start + spans.purge, 10)).toBe(1);
    expect(await ledger.hasGift(key)).toBe(false);
    expect(await ledger.renewLease(delivery.id, [0, 1], deadlines)).toBe('over');
    expect(await ledger.complete(delivery.id, deadlines)).toBeUndefined();
    expect(await ledger.reopen(delivery.id, deadlines)).toEqual([]);
    await ledger.quarantine(delivery.id, deadlines);
    expect((await ledger.audit()).gifts).toEqual({});
  },

  'keeps the rows of a gift while its ticket can draw': async (opened) => {
    const { ledger } = opened;
    const { ticket } = await give(ledger);
    const stranger = await give(ledger);
    await ledger.complete((await drawn(draw(ledger, stranger.ticket))).id, deadlines);
    const at = start + spans.purge;
    await removeAll(opened, at);
    expect(await ledger.purge(at, 10)).toBe(0);
    expect(await ledger.findTicket(ticket)).toMatchObject({
      state: 'open',
      gift: { state: 'delivered' },
    });
    await ledger.expire(deadlinesAt(at), never, 10);
    expect(await ledger.purge(at, 10)).toBe(1);
    expect(await ledger.findTicket(ticket)).toBeUndefined();
  },

  'keeps a spent ticket while its delivery can be reopened': async (opened) => {
    const { ledger } = opened;
    const { ticket } = await give(ledger);
    const stranger = await give(ledger);
    await ledger.complete((await drawn(draw(ledger, stranger.ticket))).id, deadlines);
    await givePlain(ledger);
    const late = deadlinesAt(start + spans.purge - 5);
    const { id } = await drawn(draw(ledger, ticket, late));
    await ledger.complete(id, late);
    await removeAll(opened, start + spans.purge);
    expect(await ledger.purge(start + spans.purge, 10)).toBe(0);
    await ledger.reopen(id, later(spans.purge));
    expect(await ledger.expireLeases(later(spans.purge + spans.lease), 10)).toMatchObject({
      count: 1,
    });
    expect(await stateOf(ledger, ticket)).toBe('open');
  },

  'still rejects a spent ticket after the gift it drew is purged': async (opened) => {
    const { ledger } = opened;
    await givePlain(ledger);
    const { ticket } = await give(ledger);
    await ledger.complete((await drawn(draw(ledger, ticket))).id, deadlines);
    await removeAll(opened, start + spans.purge);
    expect(await ledger.purge(start + spans.purge, 10)).toBe(1);
    expect(await stateOf(ledger, ticket)).toBe('spent');
    await expect(draw(ledger, ticket)).rejects.toMatchObject({ code: 'ticket-spent' });
  },

  'keeps every open ticket backed by a gift when a damaged gift is purged': async (opened) => {
    const { ledger } = opened;
    const one = await give(ledger);
    const two = await give(ledger);
    await ledger.quarantine((await drawn(draw(ledger, one.ticket))).id, deadlines);
    await ledger.complete((await drawn(draw(ledger, two.ticket))).id, deadlines);
    await removeAll(opened, start + spans.purge);
    expect(await ledger.purge(start + spans.purge, 10)).toBeGreaterThan(0);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, openTickets: 1 });
  },

  'purges lapsed deliveries': async ({ ledger }) => {
    await givePlain(ledger);
    await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    const at = start + spans.lease + spans.purge;
    expect(await ledger.purge(at - 1, 10)).toBe(0);
    expect(await ledger.purge(at, 10)).toBe(1);
    expect(await ledger.audit()).toMatchObject({ gifts: { pooled: 1 }, deliveries: {} });
  },

  'lists the expected keys of one shard, and which of them are needed': async (opened) => {
    const { ledger } = opened;
    const key = (shard: string, n: number) => shard + String(n).padStart(30, '0');
    for (const [n, shard] of ['a0', 'af', 'af', 'af', 'b0'].entries()) {
      await givePlain(ledger, { key: key(shard, n) }, later(n));
    }
    const expected = async () => [...(await ledger.keysOfShard('af')).values()];
    expect([...(await ledger.keysOfShard('af')).keys()]).toEqual([1, 2, 3].map((n) => key('af', n)));
    expect((await expected()).map(({ givenAt }) => givenAt)).toEqual([1, 2, 3].map((n) => start + n));
    expect((await expected()).map(({ isNeeded }) => isNeeded)).toEqual([true, true, true]);
    for (const _ of Array(5)) await ledger.complete((await drawn(drawFree(ledger))).id, deadlines);
    expect((await expected()).map(({ isNeeded }) => isNeeded)).toEqual([false, false, false]);
    await removeAll(opened, start + spans.grace);
    expect(await ledger.keysOfShard('af')).toEqual(new Map());
  },

  'quarantines gifts with missing bytes, whether pooled, leased or held': async ({ ledger }) => {
    const pooled = await givePlain(ledger, { size: 5 });
    expect((await ledger.quarantineMissing([pooled.key, 'f'.repeat(32)], deadlines)).count).toBe(1);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0, bytes: 0 });
    const leased = await givePlain(ledger);
    const { ticket } = await give(ledger, { sha256: sha256('same') });
    const { id } = await drawn(draw(ledger, ticket));
    expect((await ledger.quarantineMissing([leased.key], deadlines)).count).toBe(1);
    expect(await stateOf(ledger, ticket)).toBe('open');
    expect(await ledger.complete(id, deadlines)).toBeUndefined();
    await draw(ledger, ticket);
    const heldGift = await givePlain(ledger);
    expect(await stateOf(ledger, ticket)).toBe('ready');
    expect((await ledger.quarantineMissing([heldGift.key, heldGift.key], deadlines)).count).toBe(1);
    expect(await stateOf(ledger, ticket)).toBe('open');
    expect(await ledger.removable(start + 99999, 10)).toEqual([]);
  },

  'quarantines blocked gifts, and keeps their bytes': async ({ ledger }) => {
    const pooled = await givePlain(ledger, { sha256: sha256('pooled') });
    const { ticket } = await give(ledger);
    const { id, gift } = await drawn(draw(ledger, ticket));
    const inUse = await ledger.bytesInUse(0);
    expect(inUse.map(({ key }) => key)).toContain(pooled.key);
    expect(inUse.find(({ key }) => key === pooled.key)?.sha256).toBe(sha256('pooled'));
    expect(await ledger.bytesInUse(inUse.at(-1)?.id ?? 0)).toEqual([]);
    const keys = inUse.map(({ key }) => key);
    expect((await ledger.quarantineBlocked(keys, deadlines)).count).toBe(keys.length);
    expect((await ledger.quarantineBlocked(keys, deadlines)).count).toBe(0);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 0 });
    expect(await stateOf(ledger, ticket)).toBe('open');
    expect(await ledger.complete(id, deadlines)).toBeUndefined();
    expect(await ledger.bytesInUse(0)).toEqual([]);
    expect(await ledger.removable(deadlines.keepUntil - 1, 10)).toEqual([]);
    const removable = await ledger.removable(deadlines.keepUntil, 10);
    expect(removable.map(({ key }) => key)).toEqual(expect.arrayContaining([pooled.key, gift.key]));
  },

  'ends the grace of a blocked gift that was delivered': async ({ ledger }) => {
    const { key } = await givePlain(ledger);
    await ledger.complete((await drawn(drawFree(ledger))).id, deadlines);
    expect(await ledger.removable(start, 10)).toEqual([]);
    expect((await ledger.quarantineBlocked([key], deadlines)).count).toBe(0);
    expect((await ledger.removable(start, 10)).map((gift) => gift.key)).toEqual([key]);
  },

  'answers the end of the next lease': async ({ ledger }) => {
    expect(await ledger.nextLeaseEnd()).toBeUndefined();
    await givePlain(ledger);
    await givePlain(ledger);
    const first = await drawn(drawFree(ledger, null, deadlines));
    await drawn(drawFree(ledger, null, later(9)));
    expect(await ledger.nextLeaseEnd()).toBe(deadlines.leaseUntil);
    await ledger.complete(first.id, deadlines);
    expect(await ledger.nextLeaseEnd()).toBe(start + 9 + spans.lease);
  },
};
