import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/** The first tables: pools, gifts, tickets and deliveries. */
export async function createTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pool')
    .addColumn('id', types.id, types.number)
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('open_tickets', 'integer', (c) => c.notNull().defaultTo(0).check(sql`open_tickets >= 0`))
    .addColumn('given_total', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('delivered_total', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('quarantined_total', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('shelf')
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('gifts', 'integer', (c) => c.notNull().check(sql`gifts >= 0`))
    .addColumn('bytes', 'bigint', (c) => c.notNull().check(sql`bytes >= 0`))
    .addPrimaryKeyConstraint('shelf_key', ['pool_id', 'kind'])
    .execute();
  await db.schema
    .createTable('extension_count')
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('extension', 'text', (c) => c.notNull())
    .addColumn('gifts', 'integer', (c) => c.notNull().check(sql`gifts >= 0`))
    .addPrimaryKeyConstraint('extension_count_key', ['pool_id', 'extension'])
    .execute();
  await createGift(db, types);
  await createTicket(db, types);
  await createDelivery(db, types);
  await sql`insert into pool (name) values ('public')`.execute(db);
}

async function createGift(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('gift')
    .addColumn('id', types.id, types.number)
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('pool_id', types.reference, (c) => c.notNull())
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
    .addColumn('checks', types.bytes, (c) => c.notNull())
    .execute();
  await sql`create unique index gift_slot on gift (pool_id, kind, slot) where slot is not null`.execute(db);
  await sql`create index gift_age on gift (given_at) where slot is not null`.execute(db);
  await sql`create index gift_remove on gift (remove_at) where remove_at is not null`.execute(db);
  await sql`create index gift_purge on gift (purge_at) where purge_at is not null`.execute(db);
}

async function createTicket(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('ticket')
    .addColumn('id', types.id, types.number)
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('giver', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('gift_id', types.reference, (c) => c.notNull().unique())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await sql`create index ticket_waiting on ticket (pool_id, id) where state = 'waiting'`.execute(db);
  await sql`create index ticket_expiry on ticket (expires_at) where state in ('open', 'waiting')`.execute(db);
}

async function createDelivery(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('delivery')
    .addColumn('id', types.id, types.number)
    .addColumn('gift_id', types.reference, (c) => c.notNull())
    .addColumn('ticket_id', types.reference)
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
  await sql`create index delivery_lease on delivery (lease_until) where state in ('held', 'open')`.execute(db);
  await sql`create index delivery_purge on delivery (purge_at) where purge_at is not null`.execute(db);
}
