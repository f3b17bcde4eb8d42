import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createDatabase } from '../engine/sqlite.ts';
import { migrate } from './migrate.ts';

it('leaves a SQLite database as it was when a step fails', async () => {
  const database = new Database(':memory:');
  const db = createDatabase(database);
  const steps = {
    '001': { up: (tx: typeof db) => tx.schema.createTable('kept').addColumn('id', 'integer').execute() },
  };
  await migrate(db, steps);
  const cut = {
    ...steps,
    '002': { up: async (tx: typeof db) => void (await sql`alter table kept add column half integer`.execute(tx)) },
    '003': { up: () => Promise.reject(new Error('cut off')) },
  };
  await expect(migrate(db, cut)).rejects.toThrow('cut off');
  const columns = database.pragma('table_info(kept)') as { name: string }[];
  expect(columns.map(({ name }) => name)).toEqual(['id']);
  expect(database.prepare('select name from kysely_migration').pluck().all()).toEqual(['001']);
  await db.destroy();
});
