/** Cases of the ledger's figures, and of the binding between ledger and vault. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import type { Total } from '../../types.ts';
import {
  type Case,
  deadlines,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  later,
  spans,
  start,
} from '../samples.ts';

const none: Readonly<Record<Total, number>> = {
  given: 0,
  delivered: 0,
  reopened: 0,
  released: 0,
  redelivered: 0,
  handed_over: 0,
  quarantined: 0,
  withdrawn: 0,
  expired: 0,
};

/** Expects the named figures, and zeros for all others. */
async function expectFigures(
  ledger: Ledger,
  now: Partial<Awaited<ReturnType<Ledger['metrics']>>>,
  totals: Partial<typeof none>,
): Promise<void> {
  const all = { gifts: 0, bytes: 0, leased: 0, openTickets: 0, waitingTickets: 0, ...now };
  expect(await ledger.metrics()).toEqual({ ...all, totals: { ...none, ...totals } });
}

const over = later(spans.lease);

/** Draws a gift, runs `happen` on its delivery, and lets the lease expire. */
async function lapseAfter(
  ledger: Ledger,
  happen: (id: number) => Promise<unknown>,
): Promise<Awaited<ReturnType<Ledger['metrics']>>['totals']> {
  await givePlain(ledger);
  const { id } = await drawn(drawFree(ledger));
  await happen(id);
  await ledger.expireLeases(later(3 * spans.lease), 10);
  return (await ledger.metrics()).totals;
}

export const figureCases: Readonly<Record<string, Case>> = {
  'tells that nothing has happened yet': ({ ledger }) => expectFigures(ledger, {}, {}),

  'tells where gifts are, and how they ended': async ({ ledger }) => {
    const owed = await give(ledger);
    const taken = await give(ledger);
    await givePlain(ledger);
    const now = { gifts: 3, bytes: 30, openTickets: 2 };
    await expectFigures(ledger, now, { given: 3 });
    await ledger.withdraw(taken.ticket, deadlines);
    await expectFigures(
      ledger,
      { gifts: 2, bytes: 20, openTickets: 1 },
      { given: 3, withdrawn: 1 },
    );
    const { id } = await drawn(draw(ledger, owed.ticket));
    await expectFigures(ledger, { gifts: 1, bytes: 10, leased: 1 }, { given: 3, withdrawn: 1 });
    await ledger.complete(id, deadlines);
    await ledger.expire(later(5), start + 5, 10);
    await expectFigures(ledger, {}, { given: 3, withdrawn: 1, delivered: 1, expired: 1 });
    await ledger.purge(start + spans.purge, 10);
    await expectFigures(ledger, {}, { given: 3, withdrawn: 1, delivered: 1, expired: 1 });
  },

  'tells who waits, and what is held for them': async ({ ledger }) => {
    const waiting = await give(ledger);
    await draw(ledger, waiting.ticket);
    await expectFigures(
      ledger,
      { gifts: 1, bytes: 10, openTickets: 1, waitingTickets: 1 },
      { given: 1 },
    );
    await givePlain(ledger);
    await expectFigures(ledger, { gifts: 1, bytes: 10, leased: 1 }, { given: 2 });
  },

  'counts as quarantined what was damaged, gone or reported': async ({ ledger }) => {
    const gone = await givePlain(ledger);
    await ledger.quarantineMissing([gone.key], deadlines);
    await givePlain(ledger);
    await ledger.quarantine((await drawn(drawFree(ledger))).id, deadlines);
    await expectFigures(ledger, {}, { given: 2, quarantined: 2 });
  },

  'counts an arrival that is taken back as one, and its end as another': async ({ ledger }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.complete(id, deadlines);
    await ledger.reopen(id, deadlines);
    await expectFigures(ledger, { leased: 1 }, { given: 1, delivered: 1, reopened: 1 });
    await ledger.complete(id, deadlines);
    await expectFigures(ledger, {}, { given: 1, delivered: 2, reopened: 1 });
  },

  'counts a delivery that is handed over once, and as delivered when its lease ends': async ({
    ledger,
  }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.noteOffloaded(id, deadlines);
    await ledger.noteOffloaded(id, deadlines);
    await expectFigures(ledger, { leased: 1 }, { given: 1, handed_over: 1 });
    await ledger.expireLeases(over, 10);
    await expectFigures(ledger, {}, { given: 1, handed_over: 1, delivered: 1 });
  },

  'counts what nobody fetched as released, and not as redelivered': async ({ ledger }) => {
    expect(await lapseAfter(ledger, async () => {})).toMatchObject({ released: 1, redelivered: 0 });
  },

  'counts as redelivered what goes back although a part has left': async ({ ledger }) => {
    const part = (id: number) => ledger.renewLease(id, [0, 1], deadlines);
    expect(await lapseAfter(ledger, part)).toMatchObject({ released: 1, redelivered: 1 });
  },

  'counts as redelivered what goes back after its arrival was taken back': async ({ ledger }) => {
    const back = async (id: number) => {
      await ledger.complete(id, deadlines);
      await ledger.reopen(id, deadlines);
    };
    expect(await lapseAfter(ledger, back)).toMatchObject({ released: 1, redelivered: 1 });
  },

  'counts as redelivered what goes back after a process began meanwhile': async (opened) => {
    const { ledger } = opened;
    const restart = async () => {
      const again = await opened.second();
      await again.markInterrupted();
      await again.close();
    };
    expect(await lapseAfter(ledger, restart)).toMatchObject({ released: 1, redelivered: 1 });
    await givePlain(ledger);
    expect(await lapseAfter(ledger, async () => {})).toMatchObject({ redelivered: 1 });
  },

  'counts a gift that was held and not fetched as released, whoever began': async ({ ledger }) => {
    const { ticket } = await give(ledger);
    await draw(ledger, ticket);
    await givePlain(ledger);
    await ledger.markInterrupted();
    await ledger.expireLeases(over, 10);
    expect((await ledger.metrics()).totals).toMatchObject({ released: 1, redelivered: 0 });
  },

  'keeps what came of a chore for everybody to ask': async ({ ledger, second }) => {
    expect(await ledger.findJobState('reconcile')).toBeUndefined();
    await ledger.claimJob('reconcile', start, 100);
    expect(await ledger.findJobState('reconcile')).toBeUndefined();
    await ledger.saveJobState('reconcile', { at: start + 7, found: { stray: 3, missing: 0 } });
    const other = await second();
    expect(await other.findJobState('reconcile')).toEqual({
      at: start + 7,
      found: { stray: 3, missing: 0 },
    });
    expect(await other.claimJob('reconcile', start + 99, 100)).toBe(false);
    await other.saveJobState('reconcile', { at: start + 9, found: {} });
    expect(await ledger.findJobState('reconcile')).toEqual({ at: start + 9, found: {} });
    await other.close();
  },

  'knows one vault, the first that was proposed, until it is told of another': async (opened) => {
    const { ledger } = opened;
    const other = await opened.second();
    const proposals = Array.from({ length: 8 }, (_, n) =>
      (n % 2 === 0 ? ledger : other).proposeVault(`proposal ${n}`),
    );
    const heard = new Set((await Promise.all(proposals)).map(({ id }) => id));
    expect(heard.size).toBe(1);
    const [id = ''] = heard;
    expect(await other.proposeVault('late')).toEqual({ id, isBound: false });
    await ledger.saveVaultId(id);
    expect(await other.proposeVault('late')).toEqual({ id, isBound: true });
    await other.saveVaultId('another');
    expect(await ledger.proposeVault('late')).toEqual({ id: 'another', isBound: true });
    await other.close();
  },
};
