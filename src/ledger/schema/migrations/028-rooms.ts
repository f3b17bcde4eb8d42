import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/**
 * Rooms, each with a pool of its own. Tickets of the public pool have no room, so the index of those in rooms costs them nothing.
 */
export async function addRooms(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('room')
    .addColumn('id', types.id, types.number)
    .addColumn('pool_id', types.reference, (c) => c.notNull().unique())
    .addColumn('code_hash', 'text', (c) => c.notNull().unique())
    .addColumn('host_hash', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('kinds', 'text')
    .addColumn('max_file_size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('closes_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await sql`create index room_end on room (closes_at)`.execute(db);
  await db.schema.alterTable('ticket').addColumn('room_id', types.reference).execute();
  await db.schema.alterTable('ticket').addColumn('end_reason', 'text').execute();
  await sql`create index ticket_room on ticket (room_id, id) where room_id is not null`.execute(db);
  await sql`create index counter_kept on counter (name) where name in ('kept/gifts', 'kept/bytes')`.execute(db);
}
