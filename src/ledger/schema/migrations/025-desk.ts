import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/** The operator's desk: one review for all reports of the same bytes, bans, appeals, and a log that only grows. */
export async function addDesk(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await createReviews(db, types);
  await createAppeals(db, types);
  await createAudit(db, types);
  await db.schema
    .createTable('ban')
    .addColumn('id', types.id, types.number)
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('ban_value', ['value', 'subject'])
    .execute();
  await db.schema
    .createTable('party_key')
    .addColumn('period', 'bigint', (c) => c.primaryKey())
    .addColumn('key', 'text', (c) => c.notNull())
    .execute();
  await addParties(db);
}

async function createReviews(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('review')
    .addColumn('id', types.id, types.number)
    .addColumn('sha256', 'text', (c) => c.notNull().unique())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('decided_at', 'bigint')
    .addColumn('decided_by', 'text')
    .addColumn('ground', 'text')
    .addColumn('rule', 'text')
    .addColumn('appeal_until', 'bigint')
    .addColumn('retain_until', 'bigint')
    .execute();
  await sql`create index review_state on review (state, id)`.execute(db);
  await sql`insert into review (sha256, state, opened_at)
    select sha256, 'open', min(created_at) from report group by sha256 order by min(id)`.execute(db);
}

async function createAppeals(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('appeal')
    .addColumn('id', types.id, types.number)
    .addColumn('ticket_id', types.reference, (c) => c.notNull().unique())
    .addColumn('review_id', types.reference, (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await sql`create index appeal_review on appeal (review_id)`.execute(db);
}

async function createAudit(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', types.id, types.number)
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute();
  await sql`create index audit_subject on audit (subject, id)`.execute(db);
  for (const statement of types.forbidChanges('audit')) await sql.raw(statement).execute(db);
}

/** Which party reported, and which gifts the desk keeps from everyone. */
async function addParties(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('report').addColumn('party', 'text').execute();
  await sql`create index report_content on report (sha256)`.execute(db);
  await sql`create index report_party on report (party) where party is not null`.execute(db);
  await sql`create index report_age on report (created_at) where party is not null`.execute(db);
  await db.schema
    .alterTable('gift')
    .addColumn('withheld', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`create index gift_withheld on gift (sha256) where withheld = 1`.execute(db);
}
