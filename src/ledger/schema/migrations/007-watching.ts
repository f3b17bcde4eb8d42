import { type Kysely, sql } from 'kysely';

/** Figures for metrics, and the id of the vault. */
export async function createWatching(db: Kysely<unknown>): Promise<void> {
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

/** Purged rows no longer tell how their gifts ended: those without a withdrawal count as expired. */
async function countEnded(db: Kysely<unknown>): Promise<void> {
  await sql`insert into counter select id, 0, 'withdrawn_total',
    (select count(*) from gift where gift.pool_id = pool.id and state = 'withdrawn') from pool`.execute(db);
  await sql`insert into counter select id, 0, 'expired_total', coalesce((
      select sum(case name when 'given_total' then value else -value end) from counter
        where counter.pool_id = pool.id and counter.name in ('given_total', 'delivered_total', 'quarantined_total', 'withdrawn_total')
    ), 0) - (select count(*) from gift where gift.pool_id = pool.id and state in ('pooled', 'leased')) from pool`.execute(
    db,
  );
}
