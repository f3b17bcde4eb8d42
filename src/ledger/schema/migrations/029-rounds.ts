import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/** Rounds of rooms, and their seats. */
export async function addRounds(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('round')
    .addColumn('id', types.id, types.number)
    .addColumn('room_id', types.reference, (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('seed', 'text', (c) => c.notNull())
    .addColumn('min_seats', 'integer', (c) => c.notNull())
    .addColumn('max_seats', 'integer')
    .addColumn('extended', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('fetch_until', 'bigint')
    .addUniqueConstraint('round_number', ['room_id', 'number'])
    .execute();
  await db.schema
    .createTable('seat')
    .addColumn('id', types.id, types.number)
    .addColumn('round_id', types.reference, (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('ticket_id', types.reference, (c) => c.notNull().unique())
    .addColumn('gift_id', types.reference, (c) => c.notNull())
    .addColumn('giver', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('salt', 'text', (c) => c.notNull())
    .addColumn('gets_gift', types.reference)
    .addUniqueConstraint('seat_number', ['round_id', 'number'])
    .execute();
  await db.schema.alterTable('room').addColumn('end_reason', 'text').execute();
  await sql`update room set end_reason = 'room-ended' where ended_at is not null`.execute(db);
}
