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
  /** True if the engine has one writer at a time, which makes every transaction exclusive. */
  readonly isAlwaysExclusive: boolean;
  readonly types: ColumnTypes;
  /** Runs work in a transaction: commits when it resolves, rolls back when it rejects. */
  transaction<T>(db: Kysely<Tables>, isolation: Isolation | 'read', work: (tx: Db) => Promise<T>): Promise<T>;
  /** How many transactions of all processes run side by side at most. */
  maxTransactions(db: Db): Promise<number>;
  /** Sets the sequences of tables behind their highest ids, after rows were copied with ids. */
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
