import { type Kysely, sql } from 'kysely';

/**
 * Slots by kind, and the wishes of tickets. No gift moves here: those of before stay in the slots 1…`slots` until
 * `compact-slots.ts` has moved them, so that older processes find them meanwhile.
 */
export async function addKinds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('pool')
    .addColumn('kind_slots', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();
  for (const column of ['ungrouped', 'owed_kinds']) {
    await db.schema
      .alterTable('pool')
      .addColumn(column, 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
  }
  await sql`update pool set ungrouped = 1 where exists
    (select 1 from gift where gift.pool_id = pool.id and slot is not null)`.execute(db);
  for (const column of ['wish', 'owed_kind']) await db.schema.alterTable('ticket').addColumn(column, 'text').execute();
  // For draws by a giver who owns nearly the whole pool, now also of one kind.
  await sql`create index gift_kind_giver on gift (pool_id, kind, giver) where slot is not null`.execute(db);
  await sql`drop index gift_giver`.execute(db);
}
