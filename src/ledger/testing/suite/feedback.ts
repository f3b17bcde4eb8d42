/** Cases of thanks and reports. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
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

type Opened = Parameters<Case>[0];

/** One drawn delivery of a ticket, and the gift that was drawn. */
async function leased({ ledger }: Opened) {
  const theirs = await give(ledger);
  const mine = await give(ledger, { size: 9 });
  return { theirs, mine, delivery: await drawn(draw(ledger, mine.ticket)) };
}

/** The same with an expired lease. */
async function leaseExpired(opened: Opened) {
  const before = await leased(opened);
  await opened.ledger.expireLeases(later(spans.lease), 10);
  return before;
}

const thanksOf = async (ledger: Ledger, ticket: string) => (await ledger.findTicket(ticket))?.thanks;
const complaint = { reason: 'illegal', note: null } as const;
/** When the bytes of a gift reported now may be removed. */
const keptUntil = start + spans.keep;

export const feedbackCases: Readonly<Record<string, Case>> = {
  'passes thanks on while the delivery is open and when it is final': async (opened) => {
    const { ledger } = opened;
    const { theirs, mine, delivery } = await leased(opened);
    expect(await thanksOf(ledger, theirs.ticket)).toBeNull();
    const notices = [{ ticketId: theirs.ticketId, event: 'thanked' }];
    expect(await ledger.thank(delivery.id, '😮')).toEqual(notices);
    expect(await thanksOf(ledger, theirs.ticket)).toBe('😮');
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.thank(delivery.id, '🎉')).toEqual(notices);
    const [removable] = await ledger.removable(start + spans.grace, 10);
    await ledger.markRemoved([removable?.id ?? 0]);
    expect(await ledger.thank(delivery.id, '🙏')).toEqual(notices);
    expect(await thanksOf(ledger, theirs.ticket)).toBe('🙏');
    expect(await thanksOf(ledger, mine.ticket)).toBeNull();
  },

  'notifies no ticket of thanks for a gift without one': async ({ ledger }) => {
    await givePlain(ledger);
    expect(await ledger.thank((await drawn(drawFree(ledger))).id, '🌈')).toEqual([]);
    expect(await ledger.thank(999, '🌈')).toBeUndefined();
  },

  'clears the thanks when the lease expires': async (opened) => {
    const { ledger } = opened;
    const { theirs, mine, delivery } = await leased(opened);
    await ledger.thank(delivery.id, '🎉');
    await ledger.complete(delivery.id, deadlines);
    await ledger.reopen(delivery.id, later(1));
    expect(await thanksOf(ledger, theirs.ticket)).toBe('🎉');
    await ledger.expireLeases(later(1 + spans.lease), 10);
    expect(await thanksOf(ledger, theirs.ticket)).toBeNull();
    expect(await ledger.thank(delivery.id, '🎉')).toBeUndefined();
    await ledger.complete((await drawn(draw(ledger, mine.ticket))).id, deadlines);
    expect(await thanksOf(ledger, theirs.ticket)).toBeNull();
  },

  'clears the thanks when the gift passes to the next waiting ticket': async (opened) => {
    const { ledger } = opened;
    const { theirs, mine, delivery } = await leased(opened);
    const next = await give(ledger, { giver: mine.giver });
    expect(await draw(ledger, next.ticket)).toMatchObject({ outcome: 'waiting' });
    await ledger.thank(delivery.id, '🎉');
    await ledger.expireLeases(later(spans.lease), 10);
    expect(await stateOf(ledger, next.ticket)).toBe('ready');
    expect(await thanksOf(ledger, theirs.ticket)).toBeNull();
  },

  'clears the thanks when the gift is quarantined': async (opened) => {
    const { ledger } = opened;
    const { theirs, delivery } = await leased(opened);
    await ledger.thank(delivery.id, '🎉');
    await ledger.quarantine(delivery.id, deadlines);
    expect(await thanksOf(ledger, theirs.ticket)).toBeNull();
    expect(await ledger.thank(delivery.id, '🎉')).toBeUndefined();
  },

  'makes a reported delivery final and keeps the bytes until the end of the hold': async (opened) => {
    const { ledger } = opened;
    const { theirs, mine, delivery } = await leased(opened);
    expect(await ledger.report(delivery.id, complaint, deadlines)).toEqual({
      reportId: expect.any(Number),
      gift: expect.objectContaining({ key: theirs.key, state: 'delivered' }),
      notices: [{ ticketId: theirs.ticketId, event: 'landed' }],
    });
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, deliveredTotal: 1 });
    expect(await ledger.removable(keptUntil - 1, 10)).toEqual([]);
    expect(await ledger.removable(keptUntil, 10)).toMatchObject([{ key: theirs.key }]);
  },

  'keeps the bytes of a reported final delivery whatever verbs follow': async (opened) => {
    const { ledger } = opened;
    const { mine, delivery } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    await ledger.report(delivery.id, complaint, deadlines);
    await ledger.complete(delivery.id, { ...later(1), removeAt: start + 1 });
    await ledger.quarantine(delivery.id, later(2));
    expect(await ledger.reopen(delivery.id, later(3))).toEqual([]);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await ledger.removable(keptUntil - 1, 10)).toEqual([]);
    await ledger.report(delivery.id, { reason: 'other', note: 'again' }, later(100));
    expect(await ledger.removable(keptUntil, 10)).toHaveLength(1);
  },

  'never removes bytes earlier because of a report': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.complete(delivery.id, { ...deadlines, removeAt: keptUntil + 50 });
    await ledger.report(delivery.id, complaint, deadlines);
    expect(await ledger.removable(keptUntil + 49, 10)).toEqual([]);
    expect(await ledger.removable(keptUntil + 50, 10)).toHaveLength(1);
  },

  'records a report after the bytes are removed': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    const [removable] = await ledger.removable(start + spans.grace, 10);
    await ledger.markRemoved([removable?.id ?? 0]);
    const at = later(spans.grace);
    expect(await ledger.report(delivery.id, complaint, at)).toMatchObject({ notices: [] });
    expect(await ledger.removable(keptUntil + 9999, 10)).toEqual([]);
  },

  'keeps one report per delivery': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    const first = await ledger.report(delivery.id, complaint, deadlines);
    const second = await ledger.report(delivery.id, { reason: 'other', note: 'Oh.' }, later(1));
    expect(second?.reportId).toBe(first?.reportId);
    expect(await statsOf(ledger)).toMatchObject({ deliveredTotal: 1 });
  },

  'spends the ticket when it takes a gift reported after its lease out of the pool': async (opened) => {
    const { ledger } = opened;
    const { theirs, mine, delivery } = await leaseExpired(opened);
    const reported = await ledger.report(delivery.id, complaint, deadlines);
    expect(reported?.notices).toEqual([{ ticketId: theirs.ticketId, event: 'removed' }]);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, bytes: 9, openTickets: 1 });
    expect(await ledger.removable(keptUntil - 1, 10)).toEqual([]);
    expect(await ledger.removable(keptUntil, 10)).toHaveLength(1);
    await expect(draw(ledger, mine.ticket)).rejects.toMatchObject({ code: 'ticket-spent' });
  },

  'takes a reported gift from the ticket it is held for': async (opened) => {
    const { ledger } = opened;
    const { mine, theirs, delivery } = await leased(opened);
    const waiting = await give(ledger, { giver: mine.giver });
    await draw(ledger, waiting.ticket);
    await ledger.complete((await drawn(draw(ledger, theirs.ticket))).id, deadlines);
    await ledger.expireLeases(later(spans.lease), 10);
    expect(await stateOf(ledger, waiting.ticket)).toBe('ready');
    const reported = await ledger.report(delivery.id, complaint, deadlines);
    expect(reported?.gift.state).toBe('quarantined');
    expect(reported?.notices).toContainEqual({ ticketId: waiting.ticketId, event: 'reopened' });
    expect(await stateOf(ledger, waiting.ticket)).toBe('open');
  },

  'keeps a reported gift in the pool when another ticket needs it': async ({ ledger }) => {
    const reported = await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    const owed = await give(ledger);
    await ledger.complete((await drawn(drawFree(ledger, reported.giver))).id, deadlines);
    expect(await ledger.report(id, complaint, deadlines)).toMatchObject({
      gift: { state: 'pooled' },
      notices: [],
    });
    expect((await drawn(draw(ledger, owed.ticket))).gift.key).toBe(reported.key);
  },

  'takes at most one reported gift out of the pool per ticket': async ({ ledger }) => {
    const seen: number[] = [];
    const mine = await give(ledger);
    for (const kind of ['image', 'audio'] as const) {
      await give(ledger, { kind });
      const secretHash = sha256(kind);
      const wished = { ticketHash: mine.ticket, nonce: kind, secretHash, wish: [kind] };
      const { id } = await drawn(ledger.drawForTicket(wished, deadlines));
      await ledger.expireLeases(later(spans.lease), 10);
      seen.push(id);
    }
    for (const id of seen) await ledger.report(id, complaint, deadlines);
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, openTickets: 2 });
    expect((await ledger.audit()).gifts).toEqual({ pooled: 2, quarantined: 1 });
  },

  'takes a free gift out of the pool when it is reported after a free draw': async ({ ledger }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    expect(await ledger.report(id, complaint, deadlines)).toMatchObject({
      gift: { state: 'quarantined' },
    });
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'lets the current delivery of a reported gift go on, but never pools the gift again': async ({ ledger }) => {
    await givePlain(ledger);
    const first = await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    const second = await drawn(drawFree(ledger, null, later(200)));
    expect(await ledger.report(first.id, complaint, later(200))).toMatchObject({
      gift: { state: 'leased' },
      notices: [],
    });
    expect(await ledger.renewLease(second.id, [0, 1], later(210))).toBe('partial');
    await ledger.expireLeases(later(210 + spans.lease), 10);
    expect(await drawFree(ledger, null, later(400))).toMatchObject({ outcome: 'empty' });
    expect((await ledger.audit()).gifts).toEqual({ quarantined: 1 });
    expect(await ledger.removable(start + 200 + spans.keep - 1, 10)).toEqual([]);
  },

  'reopens the current delivery of a reported gift': async ({ ledger }) => {
    await givePlain(ledger);
    const first = await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    const second = await drawn(drawFree(ledger, null, later(200)));
    await ledger.complete(second.id, later(210));
    await ledger.report(first.id, complaint, later(211));
    await ledger.reopen(second.id, later(212));
    expect(await ledger.renewLease(second.id, [0, 1], later(213), 'ended')).toBe('complete');
    await ledger.expireLeases(later(213 + spans.lease), 10);
    expect((await ledger.audit()).gifts).toEqual({ quarantined: 1 });
    expect(await ledger.removable(start + 211 + spans.keep - 1, 10)).toEqual([]);
  },

  'keeps the bytes of a reported gift after the current delivery completes': async ({ ledger }) => {
    await givePlain(ledger);
    const first = await drawn(drawFree(ledger));
    await ledger.expireLeases(later(spans.lease), 10);
    const second = await drawn(drawFree(ledger, null, later(200)));
    await ledger.report(first.id, complaint, later(200));
    await ledger.complete(second.id, { ...later(210), removeAt: start + 210 });
    expect(await ledger.removable(start + 200 + spans.keep - 1, 10)).toEqual([]);
    expect(await ledger.removable(start + 200 + spans.keep, 10)).toHaveLength(1);
  },

  'keeps no bytes longer without a report': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.removable(start + spans.grace, 10)).toHaveLength(1);
  },

  'rejects reports of damaged, purged and unknown deliveries': async (opened) => {
    const { ledger } = opened;
    const { delivery } = await leased(opened);
    await ledger.quarantine(delivery.id, deadlines);
    expect(await ledger.report(delivery.id, complaint, deadlines)).toBeUndefined();
    expect(await ledger.report(999, complaint, deadlines)).toBeUndefined();
    await ledger.purge(deadlinesAt(deadlines.purgeAt).now, 10);
    expect(await ledger.report(delivery.id, complaint, deadlines)).toBeUndefined();
  },
};
