import { type Kysely, sql } from 'kysely';

/** Counts the gifts that have a row, and the bytes in the vault: also those that are on their way or not yet removed. */
export async function countKept(db: Kysely<unknown>): Promise<void> {
  await sql`insert into counter select id, 0, 'kept/gifts',
    (select count(*) from gift where gift.pool_id = pool.id) from pool`.execute(db);
  await sql`insert into counter select id, 0, 'kept/bytes', coalesce((
      select sum(size) from gift where gift.pool_id = pool.id and (state in ('pooled', 'leased') or remove_at is not null)
    ), 0) from pool`.execute(db);
}
