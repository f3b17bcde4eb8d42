import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, type SqliteDialectConfig } from 'kysely';
import type { Tables } from './tables.ts';

/** Opens a ledger's file past the program, and notes every query it is asked. */
export function noteQueries(path: string): { db: Kysely<Tables>; asked: string[] } {
  const asked: string[] = [];
  const database = new Database(path, { timeout: 0 }) as unknown as SqliteDialectConfig['database'];
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database }),
    log: ({ query }) => {
      asked.push(query.sql);
    },
  });
  return { db, asked };
}
