/**
 * How the tables came to be, step by step; a step that has landed is never edited.
 *
 * While a new version takes over, processes of the old one go on working on the new tables. So a step only adds: tables,
 * indexes, columns that may be left out. What nobody uses any more goes in the version after the one that stopped using it;
 * what is to be renamed is added anew, written twice for one version, and then left. Queries name their columns: one that asks
 * for all would get another answer in the middle. (The third step converts what was never released.)
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';
import { minSlots } from './tables.ts';

async function createTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pool')
    .addColumn('id', types.id, types.number)
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
  await sql`create unique index gift_slot on gift (pool_id, kind, slot) where slot is not null`.execute(
    db,
  );
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
  await sql`create index ticket_waiting on ticket (pool_id, id) where state = 'waiting'`.execute(
    db,
  );
  await sql`create index ticket_expiry on ticket (expires_at) where state in ('open', 'waiting')`.execute(
    db,
  );
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
  await sql`create index delivery_lease on delivery (lease_until) where state in ('held', 'open')`.execute(
    db,
  );
  await sql`create index delivery_purge on delivery (purge_at) where purge_at is not null`.execute(
    db,
  );
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

/** Counters become stripes, and slots are no longer dense but open: see `counters.ts` and `slots.ts`. */
async function openSlots(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('counter')
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('stripe', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('counter_key', ['pool_id', 'name', 'stripe'])
    .execute();
  for (const counter of ['open_tickets', 'given_total', 'delivered_total', 'quarantined_total']) {
    await sql`insert into counter select id, 0, ${sql.lit(counter)}, ${sql.ref(counter)} from pool`.execute(
      db,
    );
    await db.schema.alterTable('pool').dropColumn(counter).execute();
  }
  await sql`insert into counter select pool_id, 0, 'gifts/' || kind, gifts from shelf`.execute(db);
  await sql`insert into counter select pool_id, 0, 'bytes/' || kind, bytes from shelf`.execute(db);
  await sql`insert into counter select pool_id, 0, 'extension/' || extension, gifts from extension_count`.execute(
    db,
  );
  await db.schema.dropTable('shelf').execute();
  await db.schema.dropTable('extension_count').execute();
  await moveIntoSlots(db);
}

/** Four slots for each gift that is there; where they sit means nothing. */
async function moveIntoSlots(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('pool')
    .addColumn('slots', 'bigint', (c) => c.notNull().defaultTo(minSlots))
    .execute();
  await sql`drop index gift_slot`.execute(db);
  await sql`update gift set slot = (select count(*) from gift as other where other.slot is not null and other.pool_id = gift.pool_id and other.id <= gift.id) where slot is not null`.execute(
    db,
  );
  await sql`update pool set slots = (select 4 * count(*) from gift where gift.pool_id = pool.id and slot is not null)`.execute(
    db,
  );
  await sql`update pool set slots = ${sql.lit(minSlots)} where slots < ${sql.lit(minSlots)}`.execute(
    db,
  );
  await sql`create unique index gift_slot on gift (pool_id, slot) where slot is not null`.execute(
    db,
  );
}

/** An hour is counted in stripes, too; one of them may be below nothing when a delivery is taken back elsewhere. */
async function stripeHours(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema.alterTable('hour_count').renameTo('hour_count_before').execute();
  await sql`drop index hour_count_age`.execute(db);
  await db.schema
    .createTable('hour_count')
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('stripe', 'integer', (c) => c.notNull())
    .addColumn('hour', 'bigint', (c) => c.notNull())
    .addColumn('given', 'integer', (c) => c.notNull())
    .addColumn('delivered', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('hour_stripe_key', ['pool_id', 'hour', 'stripe'])
    .execute();
  await sql`insert into hour_count select pool_id, 0, hour, given, delivered from hour_count_before`.execute(
    db,
  );
  await db.schema.dropTable('hour_count_before').execute();
  await sql`create index hour_count_age on hour_count (hour)`.execute(db);
}

/** What processes on several machines agree on. */
async function createShared(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('chore')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('claimed_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('spending')
    .addColumn('minute', 'bigint', (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('purpose', 'text', (c) => c.notNull())
    .addColumn('spent', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('spending_key', ['minute', 'address', 'purpose'])
    .execute();
  await db.schema
    .createTable('address_key')
    .addColumn('day', 'bigint', (c) => c.primaryKey())
    .addColumn('key', 'text', (c) => c.notNull())
    .execute();
}

/** What tells how the exchange is doing, and whose vault it is. */
async function createWatching(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('vault')
    .addColumn('one', 'integer', (c) => c.primaryKey().check(sql`one = 1`))
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('named', 'integer', (c) => c.notNull())
    .execute();
  await db.schema.alterTable('chore').addColumn('done_at', 'bigint').execute();
  await db.schema.alterTable('chore').addColumn('found', 'text').execute();
  await db.schema
    .alterTable('delivery')
    .addColumn('in_doubt', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await countEnded(db);
}

/** Rows that are purged by now do not tell how their gifts ended: those that were not withdrawn for all we know count as expired. */
async function countEnded(db: Kysely<unknown>): Promise<void> {
  await sql`insert into counter select id, 0, 'withdrawn_total',
    (select count(*) from gift where gift.pool_id = pool.id and state = 'withdrawn') from pool`.execute(
    db,
  );
  await sql`insert into counter select id, 0, 'expired_total', coalesce((
      select sum(case name when 'given_total' then value else -value end) from counter
        where counter.pool_id = pool.id and counter.name in ('given_total', 'delivered_total', 'quarantined_total', 'withdrawn_total')
    ), 0) - (select count(*) from gift where gift.pool_id = pool.id and state in ('pooled', 'leased')) from pool`.execute(
    db,
  );
}

/** The steps in the words of an engine. */
export const migrationsFor = (types: ColumnTypes): Record<string, Migration> => ({
  '001_tables': {
    async up(db) {
      await createTables(db, types);
      await sql`insert into pool (name) values ('public')`.execute(db);
    },
  },
  '002_hours_thanks_reports': {
    async up(db) {
      await createHourCount(db, types);
      await createReport(db, types);
      await db.schema.alterTable('gift').addColumn('thanks', 'text').execute();
    },
  },
  '003_open_slots': {
    async up(db) {
      await openSlots(db, types);
      await stripeHours(db, types);
    },
  },
  '004_shared': { up: createShared },
  '005_move': {
    async up(db) {
      await db.schema
        .createTable('move')
        .addColumn('number', types.id, types.number)
        .addColumn('id', 'text', (c) => c.notNull().unique())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('place', 'text', (c) => c.notNull())
        .execute();
    },
  },
  '006_handed_over': {
    async up(db) {
      await db.schema
        .alterTable('delivery')
        .addColumn('handed_over', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
    },
  },
  '007_watching': { up: createWatching },
  '008_endings': {
    async up(db) {
      await db.schema
        .alterTable('delivery')
        .addColumn('endings', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
    },
  },
  // Changes no table: a version that knows nothing of the vault's bundle would take what lies in it for lost, and must not start.
  '009_bundle': { async up() {} },
});
