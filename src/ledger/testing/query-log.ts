import Database from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { createDatabase } from '../engine/sqlite.ts';
import type { Tables } from '../schema/tables.ts';

/** Opens a ledger's file outside the program, and records every query. */
export function noteQueries(path: string): { db: Kysely<Tables>; asked: string[] } {
  const asked: string[] = [];
  const db = createDatabase(new Database(path, { timeout: 0 }), ({ query }) => {
    asked.push(query.sql);
  });
  return { db, asked };
}
