import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/** The fewest slots of a pool in this layout. */
const minSlots = 4096;

/** Counters and hours become stripes, and slots are open instead of dense: see `counters.ts` and `slots.ts`. */
export async function openSlots(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await stripeCounters(db, types);
  await stripeHours(db, types);
}

async function stripeCounters(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('counter')
    .addColumn('pool_id', types.reference, (c) => c.notNull())
    .addColumn('stripe', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('counter_key', ['pool_id', 'name', 'stripe'])
    .execute();
  for (const counter of ['open_tickets', 'given_total', 'delivered_total', 'quarantined_total']) {
    await sql`insert into counter select id, 0, ${sql.lit(counter)}, ${sql.ref(counter)} from pool`.execute(db);
    await db.schema.alterTable('pool').dropColumn(counter).execute();
  }
  await sql`insert into counter select pool_id, 0, 'gifts/' || kind, gifts from shelf`.execute(db);
  await sql`insert into counter select pool_id, 0, 'bytes/' || kind, bytes from shelf`.execute(db);
  await sql`insert into counter select pool_id, 0, 'extension/' || extension, gifts from extension_count`.execute(db);
  await db.schema.dropTable('shelf').execute();
  await db.schema.dropTable('extension_count').execute();
  await moveIntoSlots(db);
}

/** Four slots for each gift. The position of a gift has no meaning. */
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
  await sql`update pool set slots = ${sql.lit(minSlots)} where slots < ${sql.lit(minSlots)}`.execute(db);
  await sql`create unique index gift_slot on gift (pool_id, slot) where slot is not null`.execute(db);
}

/** A stripe of an hour may be negative: another process may reopen a delivery. */
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
  await sql`insert into hour_count select pool_id, 0, hour, given, delivered from hour_count_before`.execute(db);
  await db.schema.dropTable('hour_count_before').execute();
  await sql`create index hour_count_age on hour_count (hour)`.execute(db);
}
