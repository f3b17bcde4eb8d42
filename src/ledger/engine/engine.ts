/** The differences between SQLite and PostgreSQL, apart from their queries. */
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../schema/column-types.ts';
import type { Db, Tables } from '../schema/tables.ts';
import type { Isolation } from './isolation.ts';

/**
 * The kinds of database errors. `again`: a conflict; `full`: no space; `away`: unavailable; `broken`: the storage failed, and
 * only a restart helps (R6).
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
  /** The kind of an error; undefined for one that is not the database's. */
  faultOf(error: unknown): EngineFault | undefined;
  /** Errors that the database finds in its own files, as sentences. It may read all of them. */
  integrity(db: Kysely<Tables>): Promise<readonly string[]>;
  /** Milliseconds since 1970 by the database's clock. */
  time(db: Kysely<Tables>): Promise<number>;
  /** Throws when the database does not answer. */
  check(db: Kysely<Tables>): Promise<void>;
}
