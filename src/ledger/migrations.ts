/** How the tables came to be, step by step; a step that has landed is never edited. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pool')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('open_tickets', 'integer', (c) =>
      c.notNull().defaultTo(0).check(sql`open_tickets >= 0`),
    )
    .addColumn('given_total', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('delivered_total', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('quarantined_total', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('shelf')
    .addColumn('pool_id', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('gifts', 'integer', (c) => c.notNull().check(sql`gifts >= 0`))
    .addColumn('bytes', 'bigint', (c) => c.notNull().check(sql`bytes >= 0`))
    .addPrimaryKeyConstraint('shelf_key', ['pool_id', 'kind'])
    .execute();
  await db.schema
    .createTable('extension_count')
    .addColumn('pool_id', 'integer', (c) => c.notNull())
    .addColumn('extension', 'text', (c) => c.notNull())
    .addColumn('gifts', 'integer', (c) => c.notNull().check(sql`gifts >= 0`))
    .addPrimaryKeyConstraint('extension_count_key', ['pool_id', 'extension'])
    .execute();
  await createGift(db);
  await createTicket(db);
  await createDelivery(db);
}

async function createGift(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('gift')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('pool_id', 'integer', (c) => c.notNull())
    .addColumn('giver', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('extension', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('slot', 'integer', (c) => c.check(sql`(slot is not null) = (state = 'pooled')`))
    .addColumn('given_at', 'bigint', (c) => c.notNull())
    .addColumn('remove_at', 'bigint')
    .addColumn('purge_at', 'bigint')
    .addColumn('checks', 'blob', (c) => c.notNull())
    .execute();
  await sql`create unique index gift_slot on gift (pool_id, kind, slot) where slot is not null`.execute(
    db,
  );
  await sql`create index gift_age on gift (given_at) where slot is not null`.execute(db);
  await sql`create index gift_remove on gift (remove_at) where remove_at is not null`.execute(db);
  await sql`create index gift_purge on gift (purge_at) where purge_at is not null`.execute(db);
}

async function createTicket(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ticket')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('pool_id', 'integer', (c) => c.notNull())
    .addColumn('giver', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('gift_id', 'integer', (c) => c.notNull().unique())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await sql`create index ticket_waiting on ticket (pool_id, id) where state = 'waiting'`.execute(
    db,
  );
  await sql`create index ticket_expiry on ticket (expires_at) where state in ('open', 'waiting')`.execute(
    db,
  );
}

async function createDelivery(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('delivery')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('gift_id', 'integer', (c) => c.notNull())
    .addColumn('ticket_id', 'integer')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('secret_hash', 'text', (c) => c.unique())
    .addColumn('nonce', 'text')
    .addColumn('lease_until', 'bigint', (c) => c.notNull())
    .addColumn('arrived', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('purge_at', 'bigint')
    .execute();
  // A gift has at most one receiver, and a ticket at most one delivery: a second claim cannot even be written (R3).
  await sql`create unique index delivery_gift on delivery (gift_id) where state in ('held', 'open', 'received')`.execute(
    db,
  );
  await sql`create unique index delivery_ticket on delivery (ticket_id) where state in ('held', 'open', 'received')`.execute(
    db,
  );
  await sql`create index delivery_history on delivery (gift_id)`.execute(db);
  await sql`create index delivery_lease on delivery (lease_until) where state in ('held', 'open')`.execute(
    db,
  );
  await sql`create index delivery_purge on delivery (purge_at) where purge_at is not null`.execute(
    db,
  );
}

async function createHourCount(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('hour_count')
    .addColumn('pool_id', 'integer', (c) => c.notNull())
    .addColumn('hour', 'bigint', (c) => c.notNull())
    .addColumn('given', 'integer', (c) => c.notNull().check(sql`given >= 0`))
    .addColumn('delivered', 'integer', (c) => c.notNull().check(sql`delivered >= 0`))
    .addPrimaryKeyConstraint('hour_count_key', ['pool_id', 'hour'])
    .execute();
  await sql`create index hour_count_age on hour_count (hour)`.execute(db);
  await db.schema.alterTable('delivery').addColumn('received_at', 'bigint').execute();
}

async function createReport(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('report')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('delivery_id', 'integer', (c) => c.notNull().unique())
    .addColumn('gift_id', 'integer', (c) => c.notNull())
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

export const migrations: Record<string, Migration> = {
  '001_tables': {
    async up(db) {
      await createTables(db);
      await sql`insert into pool (name) values ('public')`.execute(db);
    },
  },
  '002_hours_thanks_reports': {
    async up(db) {
      await createHourCount(db);
      await createReport(db);
      await db.schema.alterTable('gift').addColumn('thanks', 'text').execute();
    },
  },
};
