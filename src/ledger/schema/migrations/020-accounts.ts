import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../column-types.ts';

/**
 * Accounts: the tables of better-auth with columns in our spelling (https://better-auth.com/docs/concepts/database), and the
 * histories of accounts. Ids are random texts, flags 0 or 1, times milliseconds since 1970.
 */
export async function createAccounts(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('auth_user')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('email', 'text', (c) => c.notNull().unique())
    .addColumn('email_verified', 'integer', (c) => c.notNull())
    .addColumn('image', 'text')
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await createSessions(db);
  await createLogins(db);
  await createHistory(db, types);
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('auth_session')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('token', 'text', (c) => c.notNull().unique())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('ip_address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await sql`create index auth_session_user on auth_session (user_id)`.execute(db);
  await db.schema
    .createTable('auth_verification')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('identifier', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await sql`create index auth_verification_identifier on auth_verification (identifier)`.execute(db);
}

async function createLogins(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('auth_login')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('provider_id', 'text', (c) => c.notNull())
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('issuer', 'text')
    .addColumn('password', 'text')
    .addColumn('scope', 'text')
    .addColumn('access_token', 'text')
    .addColumn('refresh_token', 'text')
    .addColumn('id_token', 'text')
    .addColumn('access_token_expires_at', 'bigint')
    .addColumn('refresh_token_expires_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('auth_login_account', ['provider_id', 'account_id'])
    .execute();
  await sql`create index auth_login_user on auth_login (user_id)`.execute(db);
  await db.schema
    .createTable('auth_passkey')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text')
    .addColumn('credential_id', 'text', (c) => c.notNull().unique())
    .addColumn('public_key', 'text', (c) => c.notNull())
    .addColumn('counter', 'bigint', (c) => c.notNull())
    .addColumn('device_type', 'text', (c) => c.notNull())
    .addColumn('backed_up', 'integer', (c) => c.notNull())
    .addColumn('transports', 'text')
    .addColumn('aaguid', 'text')
    .addColumn('created_at', 'bigint')
    .execute();
  await sql`create index auth_passkey_user on auth_passkey (user_id)`.execute(db);
}

async function createHistory(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('history')
    .addColumn('id', types.id, types.number)
    .addColumn('user_id', 'text', (c) => c.notNull())
    // Unique over all accounts: what was given anonymously is taken into one account only.
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('gift_id', types.reference)
    .addColumn('ticket_id', types.reference)
    .addColumn('delivery_id', types.reference)
    .addColumn('began_at', 'bigint', (c) => c.notNull())
    .addColumn('facts', 'text', (c) => c.notNull())
    .execute();
  await sql`create index history_user on history (user_id, id)`.execute(db);
  await sql`create index history_age on history (began_at)`.execute(db);
  for (const column of ['gift_id', 'ticket_id', 'delivery_id'])
    await sql`create index ${sql.raw(`history_${column}`)} on history (${sql.raw(column)}) where ${sql.raw(column)} is not null`.execute(
      db,
    );
}
