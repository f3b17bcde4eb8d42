/** Cases of decisions at the desk. */
import { expect } from 'vitest';
import type { DeskDecision } from '../../desk-types.ts';
import type { Ledger } from '../../ledger.ts';
import type { NewGift } from '../../types.ts';
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

const bad = sha256('bad');
const appealUntil = start + 5_000;
const removal: DeskDecision = { action: 'remove', ground: 'illegal', rule: 'No such files.', appealUntil };
const by = (party: string) => ({ reason: 'harmful', note: null, parties: [party] }) as const;

const giveBad = (ledger: Ledger, gift: Partial<NewGift> = {}) => givePlain(ledger, { sha256: bad, ...gift });

/** Draws the only free gift, reports it, and lets its lease end; answers the time after that. */
async function reportOnce(ledger: Ledger, party: string, at: number): Promise<number> {
  const { id } = await drawn(drawFree(ledger, null, deadlinesAt(at)));
  await ledger.report(id, by(party), deadlinesAt(at));
  const end = at + spans.lease + 1;
  await ledger.expireLeases(deadlinesAt(end), 10);
  return end;
}

/** A gift that three parties reported; answers the time after that. */
async function withheld(ledger: Ledger): Promise<number> {
  let at = start;
  for (const party of ['one', 'two', 'three']) at = await reportOnce(ledger, party, at);
  return at;
}

const states = async (ledger: Ledger) => (await ledger.audit()).gifts;
const decide = (ledger: Ledger, decision: DeskDecision, at = deadlines) => ledger.decide(bad, decision, 'desk', at);
const actions = async (ledger: Ledger) => (await ledger.readAudit(undefined, 100)).map(({ action }) => action);

export const deskCases: Readonly<Record<string, Case>> = {
  'returns a withheld gift to the pool when it is approved, and dismisses the reports': async ({ ledger }) => {
    const { key } = await giveBad(ledger);
    const at = await withheld(ledger);
    expect(await ledger.listReviews({ state: 'withheld', after: 0, limit: 9 })).toMatchObject([
      { sha256: bad, decidedBy: 'automatic', reports: [{ state: 'open', party: 'three' }, {}, {}] },
    ]);
    await decide(ledger, { action: 'approve' }, deadlinesAt(at));
    expect(await ledger.releaseGifts(deadlinesAt(at), 10)).toEqual({ count: 1, notices: [] });
    expect(await states(ledger)).toEqual({ pooled: 1 });
    expect((await drawn(drawFree(ledger, null, deadlinesAt(at)))).gift.key).toBe(key);
    expect(await ledger.readReview(bad)).toMatchObject({
      state: 'approved',
      reports: [{ state: 'dismissed' }, { state: 'dismissed' }, { state: 'dismissed' }],
      gifts: [{ key, state: 'leased', isWithheld: false, bytesUntil: null }],
    });
    expect(await actions(ledger)).toEqual(['approve', 'withhold']);
  },

  'holds an approved gift for a ticket that waits': async ({ ledger }) => {
    await giveBad(ledger);
    const at = await withheld(ledger);
    const mine = await give(ledger, {}, deadlinesAt(at));
    expect(await draw(ledger, mine.ticket, deadlinesAt(at))).toMatchObject({ outcome: 'waiting' });
    await decide(ledger, { action: 'approve' }, deadlinesAt(at));
    const released = await ledger.releaseGifts(deadlinesAt(at), 10);
    expect(released.notices).toEqual([{ ticketId: mine.ticketId, event: 'ready' }]);
  },

  'does not count parties that were always wrong, unless one report was upheld': async ({ ledger }) => {
    for (const content of ['a', 'b', 'c']) {
      await giveBad(ledger, { sha256: sha256(content) });
      const { id } = await drawn(drawFree(ledger));
      await ledger.report(id, by('one'), deadlines);
      await ledger.complete(id, deadlines);
      await ledger.decide(sha256(content), { action: 'approve' }, 'desk', deadlines);
    }
    await giveBad(ledger);
    const at = await withheld(ledger);
    expect(await states(ledger)).toMatchObject({ pooled: 1 });
    await ledger.decide(sha256('a'), removal, 'desk', deadlinesAt(at));
    await reportOnce(ledger, 'one', at);
    expect(await states(ledger)).toMatchObject({ quarantined: 1 });
  },

  'does not count parties that are banned': async ({ ledger }) => {
    await ledger.setBan({ subject: 'party', value: 'two' }, true, 'shell', start);
    await giveBad(ledger);
    const at = await withheld(ledger);
    expect(await states(ledger)).toEqual({ pooled: 1 });
    await ledger.setBan({ subject: 'party', value: 'two' }, false, 'shell', start);
    expect(await ledger.listBans()).toEqual([]);
    await reportOnce(ledger, 'two', at);
    expect(await states(ledger)).toEqual({ quarantined: 1 });
  },

  'removes a pooled, a withheld and a leased gift, and refuses the bytes': async ({ ledger }) => {
    await giveBad(ledger);
    const at = await withheld(ledger);
    const pooled = await giveBad(ledger);
    const mine = await give(ledger, { giver: 'me' }, deadlinesAt(at));
    const delivery = await drawn(draw(ledger, mine.ticket, deadlinesAt(at)));
    expect(delivery.gift.key).toBe(pooled.key);
    await ledger.report(delivery.id, by('four'), deadlinesAt(at));
    const notices = await decide(ledger, removal, deadlinesAt(at));
    expect(notices).toEqual([{ ticketId: mine.ticketId, event: 'reopened' }]);
    expect(await stateOf(ledger, mine.ticket)).toBe('open');
    expect(await states(ledger)).toEqual({ quarantined: 2, pooled: 1 });
    await expect(giveBad(ledger)).rejects.toMatchObject({ code: 'file-refused', facts: { reason: 'blocked-file' } });
    expect(await ledger.removable(appealUntil - 1, 10)).toEqual([]);
    expect(await ledger.removable(Math.max(appealUntil, at + spans.keep), 10)).toHaveLength(2);
    expect(await ledger.readReview(bad)).toMatchObject({ state: 'removed', ground: 'illegal', rule: 'No such files.' });
  },

  'removes copies from the pool that were never reported': async ({ ledger }) => {
    const { key } = await giveBad(ledger);
    await decide(ledger, removal);
    expect(await ledger.withheldHashes()).toEqual([bad]);
    expect(await ledger.withholdGifts([key], deadlines)).toEqual({ count: 1, notices: [] });
    expect(await states(ledger)).toEqual({ quarantined: 1 });
    expect(await ledger.removable(appealUntil, 10)).toHaveLength(1);
  },

  'does not let a receiver fetch a removed gift again, and keeps its bytes for an appeal': async ({ ledger }) => {
    const { ticketId } = await give(ledger, { sha256: bad });
    const mine = await give(ledger, { giver: 'me' });
    const nonce = 'nonce of mine';
    const secretHash = sha256(nonce);
    const delivery = await drawn(ledger.drawForTicket({ ticketHash: mine.ticket, nonce, secretHash }, deadlines));
    await ledger.report(delivery.id, by('one'), deadlines);
    await ledger.complete(delivery.id, deadlines);
    expect(await ledger.findDelivery(secretHash)).toMatchObject({ readable: true });
    expect(await decide(ledger, removal)).toEqual([{ ticketId, event: 'removed' }]);
    expect(await ledger.findDelivery(secretHash)).toMatchObject({ readable: false });
    expect(await ledger.reopen(delivery.id, later(1))).toEqual([]);
    expect(await ledger.removable(appealUntil - 1, 10)).toEqual([]);
    await decide(ledger, { action: 'undo' });
    expect(await ledger.releaseGifts(deadlines, 10)).toMatchObject({ count: 1 });
    expect(await ledger.findDelivery(secretHash)).toMatchObject({ readable: true });
  },

  'takes a removal back': async ({ ledger }) => {
    await giveBad(ledger);
    const at = await withheld(ledger);
    await decide(ledger, removal, deadlinesAt(at));
    await decide(ledger, { action: 'undo' }, deadlinesAt(at));
    expect(await ledger.readReview(bad)).toMatchObject({ state: 'withheld', decidedBy: 'automatic', rule: null });
    expect(await ledger.removable(appealUntil + 10_000_000, 10)).toEqual([]);
    await expect(decide(ledger, { action: 'undo' }, deadlinesAt(at))).rejects.toMatchObject({ code: 'not-found' });
    await decide(ledger, { action: 'approve' }, deadlinesAt(at));
    await ledger.releaseGifts(deadlinesAt(at), 10);
    expect(await states(ledger)).toEqual({ pooled: 1 });
    await decide(ledger, { action: 'undo' }, deadlinesAt(at));
    expect(await states(ledger)).toEqual({ quarantined: 1 });
    expect(await actions(ledger)).toEqual(['undo', 'approve', 'undo', 'remove', 'withhold']);
    await ledger.decide(bad, { action: 'approve' }, 'desk', deadlinesAt(at));
    await ledger.releaseGifts(deadlinesAt(at), 10);
  },

  'leaves a gift whose bytes are gone where it is': async ({ ledger }) => {
    const { key } = await giveBad(ledger);
    await decide(ledger, removal);
    await ledger.withholdGifts([key], deadlines);
    await ledger.markRemoved((await ledger.removable(appealUntil, 10)).map(({ id }) => id));
    await decide(ledger, { action: 'approve' });
    expect(await ledger.releaseGifts(deadlines, 10)).toEqual({ count: 1, notices: [] });
    expect(await states(ledger)).toEqual({ quarantined: 1 });
    expect(await ledger.releaseGifts(deadlines, 10)).toEqual({ count: 0, notices: [] });
  },

  'keeps bytes until the end of a legal hold': async ({ ledger }) => {
    const { key } = await giveBad(ledger);
    const until = appealUntil + 1_000;
    await decide(ledger, removal);
    await ledger.withholdGifts([key], deadlines);
    await decide(ledger, { action: 'retain', until });
    expect(await ledger.removable(until - 1, 10)).toEqual([]);
    expect(await ledger.removable(until, 10)).toHaveLength(1);
    expect(await ledger.readReview(bad)).toMatchObject({ state: 'removed', retainUntil: until });
  },

  'refuses gifts of a banned giver': async ({ ledger }) => {
    await ledger.setBan({ subject: 'giver', value: 'bad giver' }, true, 'desk', start);
    await expect(givePlain(ledger, { giver: 'bad giver' })).rejects.toMatchObject({ code: 'file-refused' });
    await givePlain(ledger, { giver: 'good giver' });
    await ledger.setBan({ subject: 'giver', value: 'bad giver' }, false, 'desk', start);
    await givePlain(ledger, { giver: 'bad giver' });
    expect(await ledger.readAudit(undefined, 9)).toMatchObject([
      { action: 'unban', subject: 'bad giver', actor: 'desk' },
      { action: 'ban' },
    ]);
  },

  'tells the giver why, takes one appeal, and keeps the bytes until it is answered': async ({ ledger }) => {
    const { ticket, ticketId, key } = await give(ledger, { sha256: bad });
    expect(await ledger.findTicket(ticket)).toMatchObject({ statement: null });
    await expect(ledger.appeal(ticket, 'Why?', deadlines)).rejects.toMatchObject({ code: 'appeal-over' });
    await decide(ledger, removal);
    await ledger.withholdGifts([key], deadlines);
    const statement = { state: 'removed', ground: 'illegal', rule: 'No such files.', decidedBy: 'person', appealUntil };
    expect(await ledger.findTicket(ticket)).toMatchObject({ statement: { ...statement, appeal: null } });
    await ledger.appeal(ticket, 'It is mine.', later(1));
    await expect(ledger.appeal(ticket, 'Again.', later(2))).rejects.toMatchObject({ code: 'appeal-over' });
    expect(await ledger.findTicket(ticket)).toMatchObject({ statement: { ...statement, appeal: 'open' } });
    expect(await ledger.removable(appealUntil + 10_000_000, 10)).toEqual([]);
    await expect(giveBad(ledger)).rejects.toMatchObject({ code: 'file-refused' });
    expect(await ledger.listReviews({ state: 'appealed', after: 0, limit: 9 })).toMatchObject([{ sha256: bad }]);
    expect(await ledger.readReview(bad)).toMatchObject({
      appeals: [{ text: 'It is mine.', state: 'open', at: start + 1 }],
    });
    await decide(ledger, { action: 'approve' }, later(3));
    expect((await ledger.releaseGifts(later(3), 10)).notices).toEqual([{ ticketId, event: 'reopened' }]);
    expect(await states(ledger)).toEqual({ pooled: 1 });
    expect(await ledger.findTicket(ticket)).toMatchObject({ gift: { state: 'pooled' } });
    expect(await ledger.readReview(bad)).toMatchObject({ state: 'approved', appeals: [{ state: 'granted' }] });
  },

  'refuses an appeal by another removal, and any after its time': async ({ ledger }) => {
    const first = await give(ledger, { sha256: bad });
    const second = await give(ledger, { sha256: bad });
    await decide(ledger, removal);
    await ledger.withholdGifts([first.key, second.key], deadlines);
    await ledger.appeal(first.ticket, 'No.', later(1));
    await decide(ledger, { ...removal, appealUntil: start + 50 }, later(2));
    expect(await ledger.findTicket(first.ticket)).toMatchObject({ statement: { state: 'removed', appeal: 'refused' } });
    await expect(ledger.appeal(second.ticket, 'No.', later(50))).rejects.toMatchObject({ code: 'appeal-over' });
    await ledger.appeal(second.ticket, 'No.', later(49));
    await expect(ledger.appeal(sha256('none'), 'No.', deadlines)).rejects.toMatchObject({ code: 'ticket-unknown' });
  },

  'decides about a file whose gifts are purged': async ({ ledger }) => {
    await giveBad(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.report(id, by('one'), deadlines);
    await ledger.complete(id, deadlines);
    const end = deadlines.purgeAt + spans.keep;
    await ledger.markRemoved((await ledger.removable(end, 10)).map((gift) => gift.id));
    await ledger.purge(end, 10);
    expect(await states(ledger)).toEqual({});
    expect(await decide(ledger, removal, deadlinesAt(end))).toEqual([]);
    await decide(ledger, { action: 'retain', until: end + 1 }, deadlinesAt(end));
    expect(await ledger.readReview(bad)).toMatchObject({ state: 'removed', gifts: [], reports: [{ state: 'upheld' }] });
  },

  'rejects decisions about bytes without a review, but a removal opens one': async ({ ledger }) => {
    for (const action of ['approve', 'undo'] as const)
      await expect(decide(ledger, { action })).rejects.toMatchObject({ code: 'not-found' });
    expect(await ledger.readReview(bad)).toBeUndefined();
    await decide(ledger, removal);
    expect(await ledger.readReview(bad)).toMatchObject({ state: 'removed', reports: [], gifts: [] });
  },
};
