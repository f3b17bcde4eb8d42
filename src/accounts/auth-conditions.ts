import type { AuthCondition } from '../ledger/account-types.ts';

/** The condition that a column has this value. */
export const columnEquals = (column: string, value: string): AuthCondition => ({
  column,
  operator: '=',
  value,
  connector: 'and',
});
