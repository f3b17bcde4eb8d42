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

const thanksOf = async (ledger: Ledger, ticket: string) => (await ledger.findTicket(ticket))?.thanks;
const complaint = { reason: 'illegal', note: null, parties: ['party'] } as const;
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

  'records a report of an open delivery, which goes on and can be completed': async (opened) => {
    const { ledger } = opened;
    const { theirs, mine, delivery } = await leased(opened);
    expect(await ledger.report(delivery.id, complaint, deadlines)).toEqual({
      reportId: expect.any(Number),
      gift: expect.objectContaining({ key: theirs.key, state: 'leased' }),
      notices: [],
    });
    expect(await stateOf(ledger, mine.ticket)).toBe('drawn');
    expect(await statsOf(ledger)).toMatchObject({ gifts: 1, deliveredTotal: 0 });
    await ledger.complete(delivery.id, deadlines);
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
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
    expect(await stateOf(ledger, mine.ticket)).toBe('spent');
    expect(await ledger.removable(keptUntil - 1, 10)).toEqual([]);
    await ledger.report(delivery.id, { ...complaint, note: 'again' }, later(100));
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
    const second = await ledger.report(delivery.id, { ...complaint, note: 'Oh.' }, later(1));
    expect(second?.reportId).toBe(first?.reportId);
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
