/** PostgreSQL's own integrity checks that block no service. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../schema/tables.ts';

/**
 * See `Engine.integrity`: invalid constraints and indexes, and with the extension amcheck the structure of each index. Torn
 * pages are found on reading, if the server has checksums.
 */
export async function integrity(db: Kysely<Tables>): Promise<string[]> {
  const invalid = await sql<{ sentence: string }>`
    select 'the rule ' || conname || ' of ' || cast(conrelid as regclass) || ' is not valid' as sentence
      from pg_constraint where not convalidated and connamespace = (select oid from pg_namespace where nspname = current_schema())
    union all
    select 'the index ' || cast(indexrelid as regclass) || ' is not valid'
      from pg_index join pg_class on pg_class.oid = indexrelid
      where not (indisvalid and indisready) and relnamespace = (select oid from pg_namespace where nspname = current_schema())
  `.execute(db);
  return [...invalid.rows.map(({ sentence }) => sentence), ...(await brokenIndexes(db))];
}

async function brokenIndexes(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ schema: string }>`
    select nspname as schema from pg_extension join pg_namespace on pg_namespace.oid = extnamespace where extname = 'amcheck'
  `.execute(db);
  const [amcheck] = rows;
  if (!amcheck) return [];
  const indexes = await sql<{ id: number; name: string }>`
    select indexrelid as id, cast(cast(indexrelid as regclass) as text) as name
      from pg_index join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam
      where amname = 'btree' and indisvalid and relnamespace = (select oid from pg_namespace where nspname = current_schema())
  `.execute(db);
  const check = sql.ref(`${amcheck.schema}.bt_index_check`);
  const broken: string[] = [];
  for (const { id, name } of indexes.rows) {
    try {
      await sql`select ${check}(cast(${id} as oid))`.execute(db);
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      // PostgreSQL's error codes, appendix A: class XX is corruption; 42501 is a missing privilege.
      if (code.startsWith('XX')) broken.push(`the index ${name} is broken: ${message}`);
      else if (code !== '42501') throw error;
    }
  }
  return broken;
}
