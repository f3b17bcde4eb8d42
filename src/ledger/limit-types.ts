/** The facts that limits count by: rate limits, and the budgets that decide the tier of a gift. */

/** A budget of one day, and how many gifts it lets into the main tier. */
export interface DailyBudget {
  /** The number of the day, and a hash of what has the budget. */
  readonly name: string;
  readonly limit: number;
}

/** Where a gift comes from. */
export interface GiftOrigin {
  /** The number of the day, and the hash of the client's address under the key of that day. */
  readonly address: string;
  readonly budgets: readonly DailyBudget[];
}

/** The usage of one limit by one hashed address. */
export interface RateUsage {
  readonly address: string;
  readonly purpose: string;
  readonly spent: number;
}
