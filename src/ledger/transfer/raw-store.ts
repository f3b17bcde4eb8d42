/** The raw database of a ledger, for `rfx move`, `rfx backup` and `rfx restore`. */
import { type Kysely, sql } from 'kysely';
import { encryptionKeys } from '../coordination/encryption-keys.ts';
import { proposeVault, saveVaultId } from '../coordination/vault-id.ts';
import type { Engine } from '../engine/engine.ts';
import { findPostgres, openPostgres, postgres } from '../engine/postgres/postgres.ts';
import { findSqlite, openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Ledger } from '../ledger.ts';
import { keysOfShard } from '../maintenance/purge.ts';
import type { GiftTable, Tables } from '../schema/tables.ts';

export interface RawStore {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
}

export const openSqliteStore = async (path: string): Promise<RawStore> => ({
  db: await openSqlite(path),
  engine: sqlite,
});

export const openPostgresStore = async (url: string, allowUnsafe: boolean): Promise<RawStore> => ({
  db: await openPostgres(url, { allowUnsafe, application: 'random-file-exchange move' }),
  engine: postgres,
});

/** Opens an existing ledger in a file for reading, also beside a running service. Throws a sentence when it is of another version. */
export async function findSqliteStore(path: string): Promise<RawStore | undefined> {
  const db = await findSqlite(path, false);
  return db && { db, engine: sqlite };
}

/** The same in a PostgreSQL. */
export async function findPostgresStore(url: string): Promise<RawStore | undefined> {
  const db = await findPostgres(url, 'random-file-exchange backup');
  return db && { db, engine: postgres };
}

/** Runs work on one state of a ledger, whatever a service does to it meanwhile. */
export const readSnapshot = <T>({ db, engine }: RawStore, work: (store: RawStore) => Promise<T>): Promise<T> =>
  engine.transaction(db, 'read', (tx) => work({ db: tx as RawStore['db'], engine }));

/** The verbs that bind a vault, each in a transaction beside those of a running service. */
export const vaultLedgerOf = ({ db, engine }: RawStore): Book => ({
  proposeVault: (proposal) => engine.transaction(db, 'concurrent', (tx) => proposeVault(tx, proposal)),
  saveVaultId: (id) => engine.transaction(db, 'concurrent', (tx) => saveVaultId(tx, id)),
  keysOfShard: (shard) => engine.transaction(db, 'read', (tx) => keysOfShard(tx, shard)),
});

/** See `CoordinationLedger.encryptionKeys`. */
export const encryptionKeysOf = ({ db }: Pick<RawStore, 'db'>): ReturnType<Ledger['encryptionKeys']> =>
  encryptionKeys(db);

type Book = Pick<Ledger, 'proposeVault' | 'saveVaultId' | 'keysOfShard'>;

/**
 * | state | meaning |
 * | --- | --- |
 * | `leaving` | it is being moved and must not be used |
 * | `gone` | it was moved away |
 * | `arrived` | it was moved or restored here |
 * | `backup` | it is the copy in a backup |
 */
type MoveState = 'leaving' | 'gone' | 'arrived' | 'backup';

export interface Move {
  readonly id: string;
  readonly state: MoveState;
  /** Where it went to or came from, for people. */
  readonly place: string;
}

/** The last move of a ledger, if it ever was moved. */
export const findMove = ({ db }: Pick<RawStore, 'db'>): Promise<Move | undefined> =>
  db.selectFrom('move').select(['id', 'state', 'place']).orderBy('number', 'desc').limit(1).executeTakeFirst();

/** Notes a move, or a new state of one. */
export async function saveMove({ db }: Pick<RawStore, 'db'>, move: Move): Promise<void> {
  await db
    .insertInto('move')
    .values(move)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ state: move.state }))
    .execute();
}

/** Takes back that a ledger is leaving. */
export async function clearMove({ db }: Pick<RawStore, 'db'>): Promise<void> {
  await db.deleteFrom('move').where('state', '=', 'leaving').execute();
}

/** Throws a sentence when a ledger is leaving or gone: if it were used, its gifts would be in two pools. */
export async function assertNotMoved(db: Kysely<Tables>): Promise<void> {
  const move = await findMove({ db });
  if (move?.state === 'gone') throw new Error(`it was moved to ${move.place}, so start with the settings of that`);
  if (move?.state === 'backup') throw new Error(`it is a backup of ${move.place}; bring it back with "rfx restore"`);
  if (move?.state === 'leaving')
    throw new Error(`it is being moved to ${move.place}; finish that with "rfx move", or say "rfx move --stay"`);
}

/** True if no gift was ever given here. */
export async function isEmpty({ db }: Pick<RawStore, 'db'>): Promise<boolean> {
  const gift = await db.selectFrom('gift').select('id').limit(1).executeTakeFirst();
  return gift === undefined;
}

/** The facts needed to copy and verify the bytes of a gift. */
export type StoredBytes = Pick<GiftTable, 'key' | 'size' | 'sha256' | 'checks'> & {
  readonly id: number;
};

const page = 200;

/** All gifts whose bytes must be in the vault, by id. */
export async function* storedBytes({ db }: Pick<RawStore, 'db'>): AsyncGenerator<StoredBytes, void> {
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('gift')
      .select(['id', 'key', 'size', 'sha256', 'checks'])
      .where('id', '>', after)
      .where(({ or, eb }) => or([eb('state', 'in', ['pooled', 'leased']), eb('remove_at', 'is not', null)]))
      .orderBy('id')
      .limit(page)
      .execute();
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** The tables to copy, in this order. Rate usage and jobs belong to the machines and stay. */
const moving = [
  'pool',
  'counter',
  'hour_count',
  'room',
  'round',
  'seat',
  'gift',
  'ticket',
  'delivery',
  'report',
  'review',
  'appeal',
  'audit',
  'ban',
  'party_key',
  'key_secret',
  'encryption_key',
  'auth_user',
  'auth_session',
  'auth_login',
  'auth_passkey',
  'history',
] as const;

/** The tables whose rows are numbered. */
const numbered = [
  'pool',
  'room',
  'round',
  'seat',
  'gift',
  'ticket',
  'delivery',
  'report',
  'review',
  'appeal',
  'audit',
  'ban',
  'history',
] as const;

/** The tables that have rows in a new ledger. */
const withRowsAtFirst = ['pool', 'counter', 'hour_count', 'key_secret'] as const;

/** Copies all rows into an empty ledger and records their origin, in one transaction. */
export async function copyRows(from: RawStore, to: RawStore, move: Move): Promise<number> {
  return to.engine.transaction(to.db, 'exclusive', async (tx) => {
    let copied = 0;
    for (const table of withRowsAtFirst) await tx.deleteFrom(table).execute();
    for (const table of moving) {
      for await (const rows of pagesOf(from, table)) {
        await tx
          .insertInto(table)
          .values(rows as never)
          .execute();
        copied += rows.length;
      }
    }
    await to.engine.resetSequences(tx, numbered);
    await saveMove({ db: tx }, move);
    return copied;
  });
}

/** The rows of a table, some at a time. Large tables are paged by their ids, since an offset would read all rows before it. */
async function* pagesOf({ db }: RawStore, table: (typeof moving)[number]): AsyncGenerator<readonly object[], void> {
  const order = orders[table];
  const hasId = order === 'id';
  let after: unknown;
  for (let offset = 0; ; offset += page) {
    const rows = await db
      .selectFrom(table)
      .selectAll()
      .$if(hasId && after !== undefined, (query) => query.where(sql<boolean>`id > ${after}`))
      .orderBy(sql.raw(order))
      .limit(page)
      .$if(!hasId, (query) => query.offset(offset))
      .execute();
    if (rows.length === 0) return;
    yield rows;
    after = (rows.at(-1) as { readonly id?: unknown }).id;
  }
}

const orders: Readonly<Record<(typeof moving)[number], string>> = {
  pool: 'id',
  counter: 'pool_id, name, stripe',
  hour_count: 'pool_id, hour, stripe',
  room: 'id',
  round: 'id',
  seat: 'id',
  gift: 'id',
  ticket: 'id',
  delivery: 'id',
  report: 'id',
  review: 'id',
  appeal: 'id',
  audit: 'id',
  ban: 'id',
  party_key: 'period',
  key_secret: 'one',
  encryption_key: 'id',
  auth_user: 'id',
  auth_session: 'id',
  auth_login: 'id',
  auth_passkey: 'id',
  history: 'id',
};
