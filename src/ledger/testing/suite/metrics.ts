/** Cases of the ledger's figures, and of the binding between ledger and vault. */
import { expect } from 'vitest';
import type { Ledger } from '../../ledger.ts';
import type { Total } from '../../types.ts';
import { type Case, deadlines, draw, drawFree, drawn, give, givePlain, later, spans, start } from '../samples.ts';

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

const leaseIsOver = later(spans.lease);

/** Draws a gift, runs `act` on its delivery, and lets the lease expire. */
async function totalsAfterExpiry(
  ledger: Ledger,
  act: (id: number) => Promise<unknown>,
): Promise<Awaited<ReturnType<Ledger['metrics']>>['totals']> {
  await givePlain(ledger);
  const { id } = await drawn(drawFree(ledger));
  await act(id);
  await ledger.expireLeases(later(3 * spans.lease), 10);
  return (await ledger.metrics()).totals;
}

export const metricsCases: Readonly<Record<string, Case>> = {
  'reports zeros for a new ledger': ({ ledger }) => expectFigures(ledger, {}, {}),

  'counts gifts by place and by outcome': async ({ ledger }) => {
    const drawing = await give(ledger);
    const withdrawn = await give(ledger);
    await givePlain(ledger);
    const now = { gifts: 3, bytes: 30, openTickets: 2 };
    await expectFigures(ledger, now, { given: 3 });
    await ledger.withdraw(withdrawn.ticket, deadlines);
    await expectFigures(ledger, { gifts: 2, bytes: 20, openTickets: 1 }, { given: 3, withdrawn: 1 });
    const { id } = await drawn(draw(ledger, drawing.ticket));
    await expectFigures(ledger, { gifts: 1, bytes: 10, leased: 1 }, { given: 3, withdrawn: 1 });
    await ledger.complete(id, deadlines);
    await ledger.expire(later(5), start + 5, 10);
    await expectFigures(ledger, {}, { given: 3, withdrawn: 1, delivered: 1, expired: 1 });
    await ledger.purge(start + spans.purge, 10);
    await expectFigures(ledger, {}, { given: 3, withdrawn: 1, delivered: 1, expired: 1 });
  },

  'counts waiting tickets, and gifts held for them as leased': async ({ ledger }) => {
    const waiting = await give(ledger);
    await draw(ledger, waiting.ticket);
    await expectFigures(ledger, { gifts: 1, bytes: 10, openTickets: 1, waitingTickets: 1 }, { given: 1 });
    await givePlain(ledger);
    await expectFigures(ledger, { gifts: 1, bytes: 10, leased: 1 }, { given: 2 });
  },

  'counts missing and damaged gifts as quarantined': async ({ ledger }) => {
    const missing = await givePlain(ledger);
    await ledger.quarantineMissing([missing.key], deadlines);
    await givePlain(ledger);
    await ledger.quarantine((await drawn(drawFree(ledger))).id, deadlines);
    await expectFigures(ledger, {}, { given: 2, quarantined: 2 });
  },

  'counts a reopened delivery again when it completes again': async ({ ledger }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.complete(id, deadlines);
    await ledger.reopen(id, deadlines);
    await expectFigures(ledger, { leased: 1 }, { given: 1, delivered: 1, reopened: 1 });
    await ledger.complete(id, deadlines);
    await expectFigures(ledger, {}, { given: 1, delivered: 2, reopened: 1 });
  },

  'counts an offloaded delivery once, and as delivered when its lease expires': async ({ ledger }) => {
    await givePlain(ledger);
    const { id } = await drawn(drawFree(ledger));
    await ledger.noteOffloaded(id, deadlines);
    await ledger.noteOffloaded(id, deadlines);
    await expectFigures(ledger, { leased: 1 }, { given: 1, handed_over: 1 });
    await ledger.expireLeases(leaseIsOver, 10);
    await expectFigures(ledger, {}, { given: 1, handed_over: 1, delivered: 1 });
  },

  'counts an expired lease without sent bytes as released, not as redelivered': async ({ ledger }) => {
    expect(await totalsAfterExpiry(ledger, async () => {})).toMatchObject({
      released: 1,
      redelivered: 0,
    });
  },

  'counts an expired lease with sent bytes as redelivered': async ({ ledger }) => {
    const sendByte = (id: number) => ledger.renewLease(id, [0, 1], deadlines);
    expect(await totalsAfterExpiry(ledger, sendByte)).toMatchObject({
      released: 1,
      redelivered: 1,
    });
  },

  'counts an expired lease of a reopened delivery as redelivered': async ({ ledger }) => {
    const reopen = async (id: number) => {
      await ledger.complete(id, deadlines);
      await ledger.reopen(id, deadlines);
    };
    expect(await totalsAfterExpiry(ledger, reopen)).toMatchObject({ released: 1, redelivered: 1 });
  },

  'counts an expired lease that was open at a process start as redelivered': async (opened) => {
    const { ledger } = opened;
    const restart = async () => {
      const again = await opened.second();
      await again.markInterrupted();
      await again.close();
    };
    expect(await totalsAfterExpiry(ledger, restart)).toMatchObject({ released: 1, redelivered: 1 });
    await givePlain(ledger);
    expect(await totalsAfterExpiry(ledger, async () => {})).toMatchObject({ redelivered: 1 });
  },

  'counts an expired hold as released, even after a process start': async ({ ledger }) => {
    const { ticket } = await give(ledger);
    await draw(ledger, ticket);
    await givePlain(ledger);
    await ledger.markInterrupted();
    await ledger.expireLeases(leaseIsOver, 10);
    expect((await ledger.metrics()).totals).toMatchObject({ released: 1, redelivered: 0 });
  },

  'shares the state of a job with every process': async ({ ledger, second }) => {
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

  'keeps the first proposed vault id until another is saved': async (opened) => {
    const { ledger } = opened;
    const other = await opened.second();
    const proposals = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? ledger : other).proposeVault(`proposal ${n}`));
    const ids = new Set((await Promise.all(proposals)).map(({ id }) => id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    expect(await other.proposeVault('late')).toEqual({ id, isBound: false });
    await ledger.saveVaultId(id);
    expect(await other.proposeVault('late')).toEqual({ id, isBound: true });
    await other.saveVaultId('another');
    expect(await ledger.proposeVault('late')).toEqual({ id: 'another', isBound: true });
    await other.close();
  },
};
