/** What the ledger needs of a database beyond queries: each engine's own way, in one place (`sqlite.ts`, `postgres.ts`). */
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../schema/column-types.ts';
import type { Db, Tables } from '../schema/tables.ts';
import type { Isolation } from './isolation.ts';

/**
 * `again`: it failed because of what others did at the same time. `full`: no room. `away`: the database cannot be reached or
 * is in trouble. `broken`: its storage failed, and nothing may be written until a restart (R6).
 */
export type EngineFault = 'again' | 'full' | 'away' | 'broken';

export interface Engine {
  /** How many transactions of one process run side by side. */
  readonly connections: number;
  /** Whether there is one writer at a time in any case, which makes every transaction exclusive. */
  readonly isAlwaysExclusive: boolean;
  readonly types: ColumnTypes;
  /** Runs work in a transaction: committed when it answers, undone when it throws. */
  transaction<T>(
    db: Kysely<Tables>,
    isolation: Isolation | 'read',
    work: (tx: Db) => Promise<T>,
  ): Promise<T>;
  /** How many transactions run side by side at most, those of all processes together. */
  maxTransactions(db: Db): Promise<number>;
  /** Lets the next numbers of tables follow the highest that are there, after rows came with numbers of their own. */
  resetSequences(db: Db, tables: readonly string[]): Promise<void>;
  /** What kind of failure an error is; undefined for one that is not the database's. */
  faultOf(error: unknown): EngineFault | undefined;
  /** What the database finds wrong with its own files, as sentences; it may read all of them. */
  integrity(db: Kysely<Tables>): Promise<readonly string[]>;
  /** The time by the clock that all who share the database go by, in milliseconds since 1970. */
  time(db: Kysely<Tables>): Promise<number>;
  /** Throws when the database cannot be asked right now. */
  check(db: Kysely<Tables>): Promise<void>;
}
