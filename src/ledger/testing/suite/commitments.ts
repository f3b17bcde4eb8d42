/** Cases of what binds a draw: acknowledgements, the limit of a lease, and the draw after a lapse. */
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
} from '../samples.ts';
import { leased } from './leases.ts';

/** Delays the limit of a lease by 4 ms; see `spans`. */
const kibibyte = 1024;

export const commitmentCases: Readonly<Record<string, Case>> = {
  'extends a lease by new bytes only, and while a response is running': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.renewLease(delivery.id, [0, 1], later(10), 'ended');
    expect(await ledger.nextLeaseEnd()).toBe(start + 10 + spans.lease);
    for (const response of ['ended', 'cut'] as const) await ledger.renewLease(delivery.id, [0, 1], later(50), response);
    expect(await ledger.nextLeaseEnd()).toBe(start + 10 + spans.lease);
    await ledger.renewLease(delivery.id, [0, 1], later(60), 'running');
    expect(await ledger.nextLeaseEnd()).toBe(start + 60 + spans.lease);
    await ledger.renewLease(delivery.id, [1, 2], later(70), 'cut');
    expect(await ledger.nextLeaseEnd()).toBe(start + 70 + spans.lease);
  },

  'ends a lease at its limit, however often it is renewed': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine } = await leased(opened, 200 * kibibyte);
    const limit = start + spans.lease + 200 * 4;
    expect(delivery.leaseLimit).toBe(limit);
    for (const [index, at] of [90, 180, 270, 360, 450, 540, 630, 720, 810, 900].entries()) {
      expect(await ledger.expireLeases(later(at), 10)).toMatchObject({ count: 0 });
      await ledger.renewLease(delivery.id, [index, index + 1], later(at), 'running');
    }
    expect(await ledger.nextLeaseEnd()).toBe(limit);
    await ledger.noteOffloaded(delivery.id, later(890));
    expect(await ledger.nextLeaseEnd()).toBe(limit);
    await ledger.expireLeases(deadlinesAt(limit), 1);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
  },

  'limits the lease of a held gift once it is fetched, and none without a minimum speed': async ({ ledger }) => {
    const mine = await give(ledger);
    expect(await draw(ledger, mine.ticket)).toMatchObject({ outcome: 'waiting' });
    await give(ledger, { size: 300 * kibibyte });
    expect((await drawn(draw(ledger, mine.ticket, later(20)))).leaseLimit).toBe(start + 20 + spans.lease + 300 * 4);
    await givePlain(ledger);
    const free = await drawn(drawFree(ledger, null, { ...deadlines, renewalPerByte: null }));
    expect(free.leaseLimit).toBeNull();
    expect(await ledger.renewLease(free.id, [0, 1], later(99_999))).toBe('partial');
    expect(await ledger.nextLeaseEnd()).toBe(start + 20 + spans.lease);
  },

  'draws the same gift again after each lapse': async ({ ledger }) => {
    const mine = await give(ledger);
    for (const _ of Array(40)) await give(ledger);
    const seen = new Set<number>();
    // After the second lapse, the ticket waits for a lease.
    for (const lease of [0, 1, 3]) {
      const at = later(lease * spans.lease);
      seen.add((await drawn(draw(ledger, mine.ticket, at))).gift.id);
      await drawFree(ledger, null, at);
      await ledger.expireLeases(later((lease + 1) * spans.lease), 10);
    }
    expect(seen.size).toBe(1);
  },

  'draws another gift after a lapse if the same is gone, or no longer what the ticket wishes': async ({ ledger }) => {
    const mine = await give(ledger, { kind: 'image' });
    const first = await give(ledger, { kind: 'image' });
    const seen = await drawn(draw(ledger, mine.ticket));
    expect(seen.gift.key).toBe(first.key);
    await ledger.expireLeases(later(spans.lease), 10);
    const song = await give(ledger, { kind: 'audio' });
    const wish = { ticketHash: mine.ticket, nonce: 'n', secretHash: sha256('n'), wish: ['audio' as const] };
    const second = await drawn(ledger.drawForTicket(wish, later(spans.lease)));
    expect(second.gift.key).toBe(song.key);
    await ledger.expireLeases(later(2 * spans.lease), 10);
    await ledger.withdraw(song.ticket, later(2 * spans.lease));
    const image = { ...wish, nonce: 'm', secretHash: sha256('m'), wish: null };
    expect((await drawn(ledger.drawForTicket(image, later(3 * spans.lease)))).gift.key).toBe(first.key);
  },

  'leaves the gift of a lapsed delivery to others meanwhile': async (opened) => {
    const { ledger } = opened;
    const { mine, theirs } = await leased(opened);
    await ledger.expireLeases(later(spans.lease), 10);
    const other = await give(ledger, {}, later(spans.lease));
    const at = later(spans.lease);
    const taken = (await drawn(draw(ledger, other.ticket, at))).gift.key;
    const expected = taken === theirs.key ? other.key : theirs.key;
    expect((await drawn(draw(ledger, mine.ticket, at))).gift.key).toBe(expected);
  },

  'believes a receiver only once every byte was sent': async (opened) => {
    const { ledger } = opened;
    const { delivery, mine } = await leased(opened, 100);
    const isMissing = async () =>
      expect(ledger.acknowledge(delivery.id, deadlines)).rejects.toMatchObject({ code: 'bytes-missing' });
    await isMissing();
    await ledger.renewLease(delivery.id, [0, 99], deadlines, 'ended');
    await isMissing();
    expect(await stateOf(ledger, mine.ticket)).toBe('drawn');
    await ledger.renewLease(delivery.id, [50, 100], deadlines);
    expect(await ledger.acknowledge(delivery.id, deadlines)).toHaveLength(1);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await ledger.acknowledge(delivery.id, deadlines)).toEqual([]);
  },

  'answers each of several acknowledgements at once': async (opened) => {
    const { ledger } = opened;
    const [sent, unsent] = [await leased(opened, 100), await leased(opened, 100)];
    await ledger.renewLease(sent.delivery.id, [0, 100], deadlines);
    const ids = [sent.delivery.id, unsent.delivery.id, sent.delivery.id, 9_999];
    const answers = await Promise.allSettled(ids.map((id) => ledger.acknowledge(id, deadlines)));
    expect(answers).toMatchObject([
      { value: [{ event: 'landed' }] },
      { reason: { code: 'bytes-missing' } },
      { value: [] },
      { status: 'fulfilled', value: undefined },
    ]);
    expect(await ledger.complete(unsent.delivery.id, deadlines)).toHaveLength(1);
  },

  'believes a receiver of whose bytes it cannot know': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.noteOffloaded(delivery.id, deadlines);
    expect(await ledger.acknowledge(delivery.id, deadlines)).toHaveLength(1);
    const interrupted = await leased(opened);
    await ledger.markInterrupted();
    expect(await ledger.acknowledge(interrupted.delivery.id, deadlines)).toHaveLength(1);
  },

  'does not believe a receiver whose lease is over': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened, 100);
    await ledger.renewLease(delivery.id, [0, 100], deadlines);
    await ledger.expireLeases(later(spans.lease), 10);
    expect(await ledger.acknowledge(delivery.id, later(spans.lease))).toBeUndefined();
  },
};
