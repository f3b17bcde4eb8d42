/** A ledger's database by itself, for who moves a whole ledger to another engine. */
import { type Kysely, sql } from 'kysely';
import { knownVault, noteVault } from '../coordination/vault-id.ts';
import type { Engine } from '../engine/engine.ts';
import { openPostgres, postgres } from '../engine/postgres/postgres.ts';
import { openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Ledger } from '../ledger.ts';
import { keysOfShard } from '../maintenance/purge.ts';
import type { GiftTable, Tables } from '../schema/tables.ts';

export interface Store {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
}

export const openSqliteStore = async (path: string): Promise<Store> => ({
  db: await openSqlite(path),
  engine: sqlite,
});

export const openPostgresStore = async (url: string, allowUnsafe: boolean): Promise<Store> => ({
  db: await openPostgres(url, { allowUnsafe, application: 'random-file-exchange move' }),
  engine: postgres,
});

/** What is asked of a ledger to know whose a vault is; each a transaction beside those of a service that may run. */
export const bookOf = ({ db, engine }: Store): Book => ({
  knownVault: (proposal) => engine.transact(db, 'any', (tx) => knownVault(tx, proposal)),
  noteVault: (id) => engine.transact(db, 'any', (tx) => noteVault(tx, id)),
  keysOfShard: (shard) => engine.transact(db, 'read', (tx) => keysOfShard(tx, shard)),
});

type Book = Pick<Ledger, 'knownVault' | 'noteVault' | 'keysOfShard'>;

/** `leaving`: it is being moved and must not be used meanwhile. `gone`: it is somewhere else. `arrived`: it was moved here. */
export type MoveState = 'leaving' | 'gone' | 'arrived';

export interface Move {
  readonly id: string;
  readonly state: MoveState;
  /** Where it went to or came from, for people. */
  readonly place: string;
}

/** The last move of a ledger, if it ever was moved. */
export const findMove = ({ db }: Pick<Store, 'db'>): Promise<Move | undefined> =>
  db
    .selectFrom('move')
    .select(['id', 'state', 'place'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();

/** Notes a move, or a new state of one. */
export async function noteMove({ db }: Pick<Store, 'db'>, move: Move): Promise<void> {
  await db
    .insertInto('move')
    .values(move)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ state: move.state }))
    .execute();
}

/** Takes back that a ledger is leaving. */
export async function stay({ db }: Pick<Store, 'db'>): Promise<void> {
  await db.deleteFrom('move').where('state', '=', 'leaving').execute();
}

/** Throws a sentence when a ledger is leaving or gone: used all the same, its gifts would be in two pools. */
export async function refuseMoved(db: Kysely<Tables>): Promise<void> {
  const move = await findMove({ db });
  if (move?.state === 'gone')
    throw new Error(`it was moved to ${move.place}, so start with the settings of that`);
  if (move?.state === 'leaving')
    throw new Error(
      `it is being moved to ${move.place}; finish that with "rfx move", or say "rfx move --stay"`,
    );
}

/** Whether nothing was ever given here. */
export async function isEmpty({ db }: Pick<Store, 'db'>): Promise<boolean> {
  const gift = await db.selectFrom('gift').select('id').limit(1).executeTakeFirst();
  return gift === undefined;
}

/** What is needed to copy the bytes of a gift, and to know that they are right. */
export type Bytes = Pick<GiftTable, 'key' | 'size' | 'sha256' | 'checks'> & { readonly id: number };

const page = 200;

/** All gifts whose bytes must be in the vault, in the order of their ids. */
export async function* bytesOf({ db }: Pick<Store, 'db'>): AsyncGenerator<Bytes, void> {
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('gift')
      .select(['id', 'key', 'size', 'sha256', 'checks'])
      .where('id', '>', after)
      .where(({ or, eb }) =>
        or([eb('state', 'in', ['pooled', 'leased']), eb('remove_at', 'is not', null)]),
      )
      .orderBy('id')
      .limit(page)
      .execute();
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** In this order, and nothing else: limits and chores are of the machines, not of the exchange. */
const moving = ['pool', 'counter', 'hour_count', 'gift', 'ticket', 'delivery', 'report'] as const;

/** Copies every row into an empty ledger, and notes that it came from there; all of it in one transaction. */
export async function copyRows(from: Store, to: Store, move: Move): Promise<number> {
  return to.engine.transact(to.db, 'alone', async (tx) => {
    let copied = 0;
    // What a new ledger begins with.
    for (const table of moving.slice(0, 3)) await tx.deleteFrom(table).execute();
    for (const table of moving) {
      for (let offset = 0; ; offset += page) {
        const rows = await from.db
          .selectFrom(table)
          .selectAll()
          .orderBy(sql.raw(orders[table]))
          .limit(page)
          .offset(offset)
          .execute();
        if (rows.length === 0) break;
        await tx
          .insertInto(table)
          .values(rows as never)
          .execute();
        copied += rows.length;
      }
    }
    await to.engine.renumber(tx, ['pool', 'gift', 'ticket', 'delivery', 'report']);
    await noteMove({ db: tx }, move);
    return copied;
  });
}

const orders: Readonly<Record<(typeof moving)[number], string>> = {
  pool: 'id',
  counter: 'pool_id, name, stripe',
  hour_count: 'pool_id, hour, stripe',
  gift: 'id',
  ticket: 'id',
  delivery: 'id',
  report: 'id',
};
