import { type Kysely, sql } from 'kysely';

/** The lapses of a ticket, which delay its next draw and its turn in the line. One that read most of a gift is forgiven. */
export async function countLapses(db: Kysely<unknown>): Promise<void> {
  const integer = (name: string) =>
    db.schema.alterTable('ticket').addColumn(name, 'integer', (column) => column.notNull().defaultTo(0));
  await integer('lapses').execute();
  await integer('forgiven').execute();
  await db.schema.alterTable('ticket').addColumn('draws_after', 'bigint').execute();
  await sql`create index ticket_line on ticket (pool_id, lapses, id) where state = 'waiting'`.execute(db);
}
