/** Whole accounts: their removal, and rows past their time. */
import type { Db } from '../schema/tables.ts';

/** See `AccountLedger.removeAccount`. */
export async function removeAccount(db: Db, userId: string): Promise<boolean> {
  for (const table of ['auth_session', 'auth_login', 'auth_passkey', 'history'] as const)
    await db.deleteFrom(table).where('user_id', '=', userId).execute();
  const { numDeletedRows } = await db.deleteFrom('auth_user').where('id', '=', userId).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** A sign-up that was broken off leaves an account without a way to open it. It goes after this time, in milliseconds. */
const maxUnfinishedAge = 24 * 60 * 60 * 1000;

/** See `AccountLedger.sweepAccounts`. */
export async function sweepAccounts(db: Db, now: number): Promise<number> {
  const sessions = await db.deleteFrom('auth_session').where('expires_at', '<', now).executeTakeFirst();
  const values = await db.deleteFrom('auth_verification').where('expires_at', '<', now).executeTakeFirst();
  const users = await db
    .deleteFrom('auth_user')
    .where('created_at', '<', now - maxUnfinishedAge)
    .where('email_verified', '=', 0)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('auth_passkey').select('id').whereRef('auth_passkey.user_id', '=', 'auth_user.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('auth_login').select('id').whereRef('auth_login.user_id', '=', 'auth_user.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('auth_session').select('id').whereRef('auth_session.user_id', '=', 'auth_user.id'))),
    )
    .executeTakeFirst();
  return Number(sessions.numDeletedRows + values.numDeletedRows + users.numDeletedRows);
}
