import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/**
 * The overflow tier of the public pool, the budgets that decide who enters it, and the hashed addresses of neighbours. The indexes of
 * addresses have only rows of the last days.
 */
export async function addTiers(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema.alterTable('pool').addColumn('overflow_of', types.reference).execute();
  await sql`insert into pool (name, overflow_of) select 'public overflow', id from pool where name = 'public'`.execute(
    db,
  );
  await db.schema
    .createTable('daily_use')
    .addColumn('budget', 'text', (c) => c.primaryKey())
    .addColumn('gifts', 'integer', (c) => c.notNull())
    .modifyEnd(sql.raw(types.keyedByText))
    .execute();
  for (const table of ['gift', 'ticket']) await db.schema.alterTable(table).addColumn('address', 'text').execute();
  await db.schema
    .alterTable('gift')
    .addColumn('copy', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`create index gift_bytes on gift (sha256) where copy = 0`.execute(db);
  await sql`create index gift_address on gift (address, giver) where address is not null`.execute(db);
  await sql`create index ticket_address on ticket (address, pool_id, id) where state = 'waiting'`.execute(db);
}
