import Database from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { createDatabase } from '../engine/sqlite.ts';
import type { Tables } from '../schema/tables.ts';

/** Opens a ledger's file outside the program, and records every query. */
export function logQueries(path: string): { db: Kysely<Tables>; queryLog: string[] } {
  const queryLog: string[] = [];
  const db = createDatabase(new Database(path, { timeout: 0 }), ({ query }) => {
    queryLog.push(query.sql);
  });
  return { db, queryLog };
}
