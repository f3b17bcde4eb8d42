/** Mutants that let a party drain the pool, or abuse pass. */
import { deleted, type Mutant, trial } from './mutant.ts';

export const safetyMutants: readonly Mutant[] = [
  {
    name: 'budget-by-giver-only',
    summary: 'Addresses have no budget, so that each file of a new giver enters the main tier.',
    edits: [
      {
        file: 'exchange/storage/gift-origin.ts',
        marker: 'budget-by-giver-only',
        with: (line) => line.replace('budgets }', 'budgets: budgets.slice(source.ranges.length) }'),
      },
    ],
    trials: [trial('drains', 8)],
  },
  {
    name: 'budget-by-address-only',
    summary: 'Givers have no budget, so that one at many addresses has many.',
    edits: [{ file: 'exchange/storage/gift-origin.ts', marker: 'budget-by-address-only', with: deleted }],
    trials: [trial('drains', 8)],
  },
  {
    name: 'copy-in-main-tier',
    summary: 'A copy of a known file enters the main tier.',
    edits: [
      {
        file: 'ledger/tiers/daily-budget.ts',
        marker: 'copy-in-main-tier',
        with: (line) => line.replace('copies.has(gift) || ', ''),
      },
    ],
    trials: [trial('drains', 8)],
  },
  {
    name: 'report-deletes',
    summary: 'A report removes the bytes of the file.',
    edits: [
      {
        file: 'exchange/report.ts',
        marker: 'report-deletes',
        with: (line) => `${line}\n  await context.vault.remove(reported.gift.key);`,
      },
    ],
    trials: [trial('abuse', 2)],
  },
  {
    name: 'blocklist-not-for-pool',
    summary: 'The blocklist refuses new gifts, but not those that are in the pool.',
    edits: [{ file: 'exchange/maintenance/remove-blocked.ts', marker: 'blocklist-not-for-pool', with: deleted }],
    trials: [trial('abuse', 2)],
  },
  {
    name: 'hook-down-accepted',
    summary: 'A hook that fails counts as one that accepts.',
    edits: [{ file: 'exchange/storage/inspect-staged.ts', marker: 'hook-down-accepted', with: deleted }],
    trials: [trial('abuse', 2)],
  },
];
