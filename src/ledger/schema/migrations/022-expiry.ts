import { type Kysely, sql } from 'kysely';

/** When a gift ends by its giver's choice. The index has only such gifts. */
export async function addExpiry(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('gift').addColumn('expires_at', 'bigint').execute();
  await sql`create index gift_expiry on gift (expires_at) where expires_at is not null and slot is not null`.execute(
    db,
  );
}
