/** The tables of accounts as the queries see them. Those of better-auth have the columns that its adapter names. */
import type { Generated } from 'kysely';
import type { AuthTable, AuthValue } from '../account-types.ts';

/** The columns of better-auth's tables. Queries name them, since `select *` changes with the next version. */
export const authColumns: Readonly<Record<AuthTable, readonly string[]>> = {
  auth_user: ['id', 'name', 'email', 'email_verified', 'image', 'role', 'created_at', 'updated_at'],
  auth_session: ['id', 'user_id', 'token', 'expires_at', 'ip_address', 'user_agent', 'created_at', 'updated_at'],
  auth_login: [
    'id',
    'user_id',
    'provider_id',
    'account_id',
    'issuer',
    'password',
    'scope',
    'access_token',
    'refresh_token',
    'id_token',
    'access_token_expires_at',
    'refresh_token_expires_at',
    'created_at',
    'updated_at',
  ],
  auth_verification: ['id', 'identifier', 'value', 'expires_at', 'created_at', 'updated_at'],
  auth_passkey: [
    'id',
    'user_id',
    'name',
    'credential_id',
    'public_key',
    'counter',
    'device_type',
    'backed_up',
    'transports',
    'aaguid',
    'created_at',
  ],
};

/** A row of better-auth. */
type AnyColumns = Record<string, AuthValue>;

/** An entry in the history of an account; see `HistoryEntry`. */
export interface HistoryTable {
  id: Generated<number>;
  user_id: string;
  key: string;
  gift_id: number | null;
  ticket_id: number | null;
  delivery_id: number | null;
  began_at: number;
  /** `HistoryFacts` as JSON. They are read where the rows of the gifts are purged. */
  facts: string;
}

export type AccountTables = Readonly<Record<AuthTable, AnyColumns>> & { history: HistoryTable };
