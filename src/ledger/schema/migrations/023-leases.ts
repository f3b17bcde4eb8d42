import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/** The gift of a ticket's lapsed delivery, which it draws again, and the latest end of a lease. */
export async function limitLeases(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema.alterTable('ticket').addColumn('lapsed_gift', types.reference).execute();
  await db.schema.alterTable('delivery').addColumn('lease_limit', 'bigint').execute();
}
