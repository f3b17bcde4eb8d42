/**
 * A pool's counters, in stripes: a transaction adds to rows of its own (`rfx_stripe`), and a reader sums the stripes. No draw
 * waits for the commit of another that counts the same.
 */

import { type Insertable, sql } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { isKeptCounter } from '../schema/index-predicates.ts';
import { poolColumns } from '../schema/row-mapping.ts';
import type { CounterTable, Db, PoolRow } from '../schema/tables.ts';
import type { CounterName, KeptFigures } from '../types.ts';

/** The change of each counter. */
export type CounterChanges = ReadonlyMap<CounterName, number>;

/** The counter changes of one gift that enters a pool, or with -1 leaves it. */
export function giftChanges(
  { kind, size, extension }: { readonly kind: FileKind; readonly size: number; readonly extension: string },
  direction: 1 | -1,
): CounterChanges {
  return new Map<CounterName, number>([
    [`gifts/${kind}`, direction],
    [`bytes/${kind}`, direction * size],
    [`extension/${extension}`, direction],
  ]);
}

/** The counter changes of gifts whose bytes are kept from now on, or with -1 are gone. */
export const keptBytes = (gifts: readonly { readonly size: number }[], direction: 1 | -1): CounterChanges =>
  counterChange(
    'kept/bytes',
    gifts.reduce((sum, { size }) => sum + direction * size, 0),
  );

/** Sums changes of several events. */
export function mergeChanges(...all: readonly CounterChanges[]): CounterChanges {
  const sum = new Map<CounterName, number>();
  for (const changes of all) {
    for (const [counter, change] of changes) sum.set(counter, (sum.get(counter) ?? 0) + change);
  }
  return sum;
}

/** Adds to a pool's counters, in the transaction of what they count. */
export async function applyChanges(db: Db, poolId: number, changes: CounterChanges): Promise<void> {
  const rows = [...changes]
    .filter(([, change]) => change !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ pool_id: poolId, name, value }));
  if (rows.length > 0) await addUp(db, { rows }); // mutant: counter-apart
}

type CounterChange = Omit<Insertable<CounterTable>, 'stripe'>;

const addUp = cachedQuery((db, { rows }: { rows: readonly CounterChange[] }) =>
  db
    .insertInto('counter')
    .values(rows.map((row) => ({ ...row, stripe: sql<number>`rfx_stripe()` })))
    .onConflict((conflict) =>
      conflict
        .columns(['pool_id', 'stripe', 'name'])
        .doUpdateSet((eb) => ({ value: eb('counter.value', '+', eb.ref('excluded.value')) })),
    ),
);

/** A change of one counter. */
export const counterChange = (counter: CounterName, change: number): CounterChanges => new Map([[counter, change]]);

/** All counters of some pools that have ever changed, summed. */
export async function readCounters(db: Db, poolIds: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const rows = await sumCounters(db, { poolIds });
  return mergeChanges(...rows.map(({ name, sum }) => counterChange(name, sum)));
}

const sumCounters = cachedQuery((db, { poolIds }: { poolIds: readonly number[] }) =>
  db
    .selectFrom('counter')
    .select(['name', (eb) => eb.fn.sum<number>('value').as('sum')])
    .where('pool_id', 'in', poolIds)
    .groupBy(['pool_id', 'name']),
);

/** How many gifts are pooled, and how many of them open tickets are owed. */
export async function readBacking(db: Db, poolId: number): Promise<{ gifts: number; owed: number }> {
  const [backing] = await sumBacking(db, { poolId });
  return { gifts: backing?.gifts ?? 0, owed: backing?.owed ?? 0 };
}

/** The gifts and bytes that some pools keep. */
export const readKept = async (db: Db, poolIds: readonly number[]): Promise<KeptFigures> =>
  keptIn(await sumKept(db, { poolIds }));

/** See `ExchangeLedger.keptFigures`. */
export const readAllKept = async (db: Db): Promise<KeptFigures> => keptIn(await sumAllKept(db, {}));

function keptIn(rows: readonly { readonly name: CounterName; readonly sum: number }[]): KeptFigures {
  const of = (counter: CounterName) => rows.reduce((all, { name, sum }) => all + (name === counter ? sum : 0), 0);
  return { gifts: of('kept/gifts'), bytes: of('kept/bytes') };
}

const keptCounters = (db: Db) =>
  db
    .selectFrom('counter')
    .select(['name', (eb) => eb.fn.sum<number>('value').as('sum')])
    .where(isKeptCounter);

const sumKept = cachedQuery((db, { poolIds }: { poolIds: readonly number[] }) =>
  keptCounters(db).where('pool_id', 'in', poolIds).groupBy(['pool_id', 'name']),
);

const sumAllKept = cachedQuery((db) => keptCounters(db).groupBy('name'));

/** By name, since a pool may have a hundred counters of many stripes. */
const backing: readonly CounterName[] = ['open_tickets', ...fileKinds.map((kind) => `gifts/${kind}` as const)];

const sumBacking = cachedQuery((db, { poolId }: { poolId: number }) =>
  db
    .selectFrom('counter')
    .select([
      sql<number | null>`sum(case when name <> 'open_tickets' then value end)`.as('gifts'),
      sql<number | null>`sum(case when name = 'open_tickets' then value end)`.as('owed'),
    ])
    .where('pool_id', '=', poolId)
    .where('name', 'in', backing),
);

/** The sum of the counters whose names begin with a prefix. */
export function sumByPrefix(counters: ReadonlyMap<string, number>, start: string): number {
  let sum = 0;
  for (const [name, value] of counters) if (name.startsWith(start)) sum += value;
  return sum;
}

/** The main tier of a pool, and its overflow tier if it has one. */
export interface Tiers {
  readonly main: PoolRow;
  readonly overflow: PoolRow | undefined;
}

/** The tiers of a pool. Throws `not-found`. */
export async function findTiers(db: Db, name: string): Promise<Tiers> {
  const pools = await tiersNamed(db, { name });
  const main = pools.find((pool) => pool.name === name);
  if (!main) throw new Problem('not-found');
  return { main, overflow: pools.find(({ overflow_of }) => overflow_of === main.id) };
}

const tiersNamed = cachedQuery((db, { name }: { name: string }) =>
  db
    .selectFrom('pool')
    .select(poolColumns)
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('name', '=', name),
        eb('overflow_of', '=', selectFrom('pool as main').select('main.id').where('main.name', '=', name)),
      ]),
    ),
);

/** The tiers of a pool as a list. */
export const tiersOf = ({ main, overflow }: Tiers): readonly PoolRow[] => (overflow ? [main, overflow] : [main]);
