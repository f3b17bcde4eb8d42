/** Where gifts come from, as the ledger may know it: hashes under a key of the day (HMAC-SHA-256), which name no address. */
import type { GiftOrigin } from '../../ledger/limit-types.ts';
import type { ExchangeContext } from '../ports.ts';

/** Where a file comes from. */
export interface FileSource {
  /** The client and its networks, smallest first, and how many times the daily budget each of them has. */
  readonly ranges: readonly { readonly key: string; readonly share: number }[];
  /** The foreign page that sent it, all of whose visitors share one budget. */
  readonly page: string | undefined;
}

/**
 * The origin of a gift with its budgets; undefined where the exchange has none. A giver without a name is new and has used no
 * budget.
 */
export async function originOf(
  { rules, dailyHash }: Pick<ExchangeContext, 'rules' | 'dailyHash'>,
  source: FileSource | undefined,
  giver: string | undefined,
): Promise<GiftOrigin | undefined> {
  const { dailyGifts } = rules;
  if (dailyGifts === null || source === undefined) return undefined;
  const hash = await dailyHash();
  const budgets = source.ranges.map(({ key, share }) => ({ name: hash(`address ${key}`), limit: share * dailyGifts }));
  const address = budgets[0]?.name ?? '';
  if (giver !== undefined) budgets.push({ name: hash(`giver ${giver}`), limit: dailyGifts }); // mutant: budget-by-address-only
  if (source.page !== undefined) budgets.push({ name: hash(`page ${source.page}`), limit: dailyGifts });
  return { address, budgets }; // mutant: budget-by-giver-only
}
