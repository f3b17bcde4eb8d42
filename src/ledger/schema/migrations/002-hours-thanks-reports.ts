import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/** Hourly statistics, thanks and reports. */
export async function addHoursThanksReports(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await createHourCount(db, types);
  await createReport(db, types);
  await db.schema.alterTable('gift').addColumn('thanks', 'text').execute();
}

async function createHourCount(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('hour_count')
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('hour', 'bigint', (c) => c.notNull())
    .addColumn('given', 'integer', (c) => c.notNull().check(sql`given >= 0`))
    .addColumn('delivered', 'integer', (c) => c.notNull().check(sql`delivered >= 0`))
    .addPrimaryKeyConstraint('hour_count_key', ['pool_id', 'hour'])
    .execute();
  await sql`create index hour_count_age on hour_count (hour)`.execute(db);
  await db.schema.alterTable('delivery').addColumn('received_at', 'bigint').execute();
}

async function createReport(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('report')
    .addColumn('id', types.id, types.number)
    .addColumn('delivery_id', types.reference, (c) => c.notNull().unique())
    .addColumn('gift_id', types.reference, (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('giver', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('note', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.alterTable('gift').addColumn('keep_until', 'bigint').execute();
}
