import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Random } from '../../engine/isolation.ts';
import type { Case, OpenedLedger } from '../samples.ts';
import { accountCases } from './accounts.ts';
import { commitmentCases } from './commitments.ts';
import { coordinationCases } from './coordination.ts';
import { deskCases } from './desk.ts';
import { drawCases } from './draws.ts';
import { expiryCases } from './expiry.ts';
import { feedbackCases } from './feedback.ts';
import { hourlyCases } from './hourly.ts';
import { idempotencyCases } from './idempotency.ts';
import { kindCases } from './kinds.ts';
import { lapseCases } from './lapses.ts';
import { leaseCases } from './leases.ts';
import { metricsCases } from './metrics.ts';
import { modelCases } from './model.ts';
import { neverOwnCases } from './never-own.ts';
import { raceCases } from './races.ts';
import { reportCases } from './reports.ts';
import { restoreCases } from './restore.ts';
import { roomCases } from './rooms.ts';
import { roundCases } from './rounds.ts';
import { tierCases } from './tiers.ts';
import { withdrawCases } from './withdraw.ts';

export type OpenLedger = (options: { readonly random: Random }) => Promise<OpenedLedger>;

const cases: Readonly<Record<string, Case>> = {
  ...drawCases,
  ...kindCases,
  ...idempotencyCases,
  ...leaseCases,
  ...commitmentCases,
  ...lapseCases,
  ...neverOwnCases,
  ...withdrawCases,
  ...restoreCases,
  ...expiryCases,
  ...hourlyCases,
  ...feedbackCases,
  ...reportCases,
  ...deskCases,
  ...raceCases,
  ...coordinationCases,
  ...metricsCases,
  ...accountCases,
  ...tierCases,
  ...roomCases,
  ...roundCases,
};

/** Opens a ledger for one case, and closes it after auditing every row. */
async function inLedger(open: OpenLedger, run: Case): Promise<void> {
  const opened = await open({ random: (n) => randomInt(n) });
  try {
    await run(opened);
    expect((await opened.ledger.audit()).faults).toEqual([]);
  } finally {
    await opened.close();
  }
}

/**
 * The suite of every ledger; `open` creates an empty one. `skips` names the cases that an implementation cannot pass, each
 * with a reason.
 *
 * A skip that names no case fails, so that no skip outlives its case.
 */
export function ledgerSuite(name: string, open: OpenLedger, skips: Readonly<Record<string, string>> = {}): void {
  const opening: Record<string, (open: OpenLedger) => Promise<void>> = {
    ...Object.fromEntries(
      Object.entries(cases).map(([title, run]) => [title, (open: OpenLedger) => inLedger(open, run)]),
    ),
    ...modelCases,
  };
  describe(name, () => {
    it('skips only cases that exist', () => {
      expect(Object.keys(skips).filter((skip) => !(skip in opening))).toEqual([]);
    });
    for (const [title, run] of Object.entries(opening)) {
      it(title, { timeout: 300_000 }, async (context) => {
        const reason = skips[title];
        if (reason !== undefined) return context.skip(reason);
        await run(open);
      });
    }
  });
}
