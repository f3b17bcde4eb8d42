/** Isolation of transactions, and the transaction that verbs see. */
import type { Db } from '../schema/tables.ts';

/**
 * Which transactions may run at the same time. A transaction never changes its isolation, since two that did would deadlock.
 *
 * - `concurrent`: with all others.
 * - `shared`: moves gifts in or out of a pool beside others that do, without a view of the whole pool.
 * - `free`: as `shared`, and takes free gifts, or gifts of a kind that others are owed, beside others that do.
 * - `last-free`: as `shared`, and no other transaction takes free gifts meanwhile, so that the last ones can be counted.
 * - `exclusive`: none of the three above runs meanwhile, so that an empty pool or a waiting ticket can be decided on.
 */
export type Isolation = 'concurrent' | 'shared' | 'free' | 'last-free' | 'exclusive';

/** Rolls a whole number from 0 to below `n`, uniformly; from the operating system unless a test passes its own. */
export type Random = (n: number) => number;

/** Estimated share of taken slots by pool and kinds, from 0 to 1. It only decides how many slots a draw reads. */
export type FillEstimate = Map<string, number>;

/** A transaction, handed down to every function of a verb. */
export interface Tx {
  readonly db: Db;
  readonly random: Random;
  readonly fill: FillEstimate;
  /** True when no other transaction moves gifts in or out of a pool. */
  readonly isExclusive: boolean;
  /** True when no `last-free` transaction runs meanwhile, unless it is this one. */
  readonly canTakeFree: boolean;
  /** True when no other transaction takes free gifts. */
  readonly canTakeLastFree: boolean;
  /** How many gifts concurrent transactions may be taking at most, not yet visible here. */
  maxInFlight(): Promise<number>;
}

/** Thrown by a verb that needs a stricter isolation, before it writes. The batch queues the verb again with it. */
export class NeedsIsolation extends Error {
  override readonly name = 'NeedsIsolation';
  readonly isolation: Isolation;

  constructor(isolation: Isolation) {
    super(`needs ${isolation} isolation`);
    this.isolation = isolation;
  }
}
