/** Cases of hourly counts. */
import { expect } from 'vitest';
import { hourLength } from '../../../contract/vocabulary.ts';
import {
  type Case,
  deadlines,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  hoursWith,
  later,
  newGift,
  start,
  statsOf,
} from '../samples.ts';

const hours = (count: number) => later(count * hourLength);

export const hourlyCases: Readonly<Record<string, Case>> = {
  'counts each event in its hour, and answers the last 24 hours': async ({ ledger }) => {
    await givePlain(ledger);
    await give(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.complete(id, deadlines);
    await ledger.complete(id, deadlines);
    expect((await statsOf(ledger)).hours).toEqual(hoursWith(2, 1));
    expect((await statsOf(ledger, hours(1))).hours).toEqual(hoursWith(2, 1, 1, hours(1)));
    expect((await statsOf(ledger, hours(23))).hours).toEqual(hoursWith(2, 1, 23, hours(23)));
    expect((await statsOf(ledger, hours(24))).hours).toEqual(hoursWith(0, 0, 0, hours(24)));
  },

  'counts gifts and deliveries separately': async ({ ledger }) => {
    await givePlain(ledger);
    await ledger.complete((await drawn(drawFree(ledger))).id, hours(2));
    const { hours: shown } = await statsOf(ledger, hours(2));
    expect(shown.map(({ given }) => given).slice(-3)).toEqual([1, 0, 0]);
    expect(shown.map(({ delivered }) => delivered).slice(-3)).toEqual([0, 0, 1]);
  },

  'subtracts a reopened delivery from the hour of its completion': async ({ ledger }) => {
    await givePlain(ledger);
    await givePlain(ledger);
    const early = await drawn(drawFree(ledger));
    const late = await drawn(drawFree(ledger));
    await ledger.complete(early.id, { ...deadlines, removeAt: start + 2 * hourLength });
    await ledger.complete(late.id, hours(1));
    await ledger.reopen(early.id, hours(1));
    const delivered = (await statsOf(ledger, hours(1))).hours.map((hour) => hour.delivered);
    expect(delivered.slice(-2)).toEqual([0, 1]);
    await ledger.complete(early.id, hours(1));
    expect((await statsOf(ledger, hours(1))).hours.at(-1)).toMatchObject({ delivered: 2 });
  },

  'counts neither rejected nor repeated gifts, nor damaged deliveries': async ({ ledger }) => {
    await expect(ledger.give(newGift({ maxPoolBytes: 9 }), deadlines)).rejects.toThrow();
    expect((await statsOf(ledger)).hours).toEqual(hoursWith(0, 0));
    const { ticket } = await give(ledger);
    await ledger.give(newGift({ ticketHash: ticket }), deadlines);
    await givePlain(ledger);
    const { id } = await drawn(draw(ledger, ticket));
    await ledger.quarantine(id, deadlines);
    await ledger.complete(id, deadlines);
    expect((await statsOf(ledger)).hours).toEqual(hoursWith(2, 0));
  },

  'purges hours after two days, at most `limit` at a time': async ({ ledger }) => {
    for (const at of [0, 1, 2, 20]) await givePlain(ledger, {}, hours(at));
    expect(await ledger.purge(hours(47).now, 2)).toBe(0);
    expect(await ledger.purge(hours(51).now, 2)).toBe(2);
    expect(await ledger.purge(hours(51).now, 2)).toBe(1);
    expect(await ledger.purge(hours(51).now, 2)).toBe(0);
    expect(await statsOf(ledger, hours(20))).toMatchObject({
      givenTotal: 4,
      hours: hoursWith(1, 0, 0, hours(20)),
    });
  },

  'reopens a delivery whose hour is purged': async ({ ledger }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.complete(id, { ...deadlines, removeAt: start + 99 * hourLength });
    await ledger.purge(hours(60).now, 10);
    await ledger.reopen(id, hours(60));
    expect(await statsOf(ledger, hours(60))).toMatchObject({ deliveredTotal: 0 });
  },
};
