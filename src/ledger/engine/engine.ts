/** What the ledger needs of a database beyond queries: each engine's own way, in one place (`sqlite.ts`, `postgres.ts`). */
import type { ColumnDataType, ColumnDefinitionBuilder, Kysely } from 'kysely';
import type { Db, Tables } from '../schema/tables.ts';

/**
 * Which transactions may run side by side. `any`: with all others. `shared`: puts gifts into the pool while nobody waits, or
 * takes some that are nobody's while there are plenty. `alone`: decides something that neither must come in between: that there
 * is nothing for a ticket, who in line gets a gift, or that one is nobody's. No transaction is begun as one and goes on as
 * another, or two would wait for each other.
 */
export type Isolation = 'any' | 'shared' | 'alone';

/**
 * `again`: it failed because of what others did at the same time. `full`: no room. `away`: the database cannot be reached or
 * is in trouble. `broken`: its storage failed, and nothing may be written until a restart (R6).
 */
export type EngineFault = 'again' | 'full' | 'away' | 'broken';

export interface Engine {
  /** How many transactions of one process run side by side. */
  readonly connections: number;
  /** Whether there is one writer at a time in any case, so that every turn is alone. */
  readonly isAlwaysExclusive: boolean;
  /** Column types that are called differently. */
  readonly types: {
    readonly id: ColumnDataType;
    /** What makes a column number its rows. */
    number(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
    readonly reference: ColumnDataType;
    readonly bytes: ColumnDataType;
  };
  /** Runs work in a transaction: committed when it answers, undone when it throws. */
  transaction<T>(
    db: Kysely<Tables>,
    turn: Isolation | 'read',
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
