/**
 * Kinds that open tickets are owed (P4). A ticket whose wish includes the kind of its gift is owed one of that kind, which entered
 * the pool with it.
 *
 * Receivers to whom a kind is not owed take only what is left of it. `docs/internals/matching.md` has the reasons.
 */
import { sql } from 'kysely';
import type { FileKind } from '../../contract/vocabulary.ts';
import type { Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { Db, PoolRow, TicketRow } from '../schema/tables.ts';
import { type CounterChanges, counterChange, mergeChanges } from '../stats/counters.ts';
import type { CounterName } from '../types.ts';
import { kindBit, kindsIn } from './kind-slots.ts';

/** The kinds that a receiver may have, and the one that is owed to it. Null means any, and none. */
export interface KindDemand {
  readonly kinds: readonly FileKind[] | null;
  readonly owedKind: FileKind | null;
}

/** How many gifts of each owed kind may go to receivers to whom it is not owed. Any number of the kinds that are missing. */
export type KindAllowance = ReadonlyMap<FileKind, number>;

export const noneOwed: KindAllowance = new Map();

/** The kinds that a ticket draws; null for any. */
export const wishOf = ({ wish }: Pick<TicketRow, 'wish'>): readonly FileKind[] | null =>
  wish === null ? null : JSON.parse(wish);

/** The demand of a ticket. */
export const demandOf = (ticket: Pick<TicketRow, 'wish' | 'owed_kind'>): KindDemand => ({
  kinds: wishOf(ticket),
  owedKind: ticket.owed_kind,
});

/** The counter changes of tickets that become owed gifts, or with -1 no longer are. */
export const owedChanges = (
  tickets: readonly { readonly owed_kind: FileKind | null }[],
  direction: 1 | -1,
): CounterChanges =>
  mergeChanges(
    counterChange('open_tickets', direction * tickets.length),
    ...tickets.flatMap(({ owed_kind }) => (owed_kind === null ? [] : [counterChange(`owed/${owed_kind}`, direction)])),
  );

/**
 * Records kinds as owed, in the transaction that makes them so. It locks the pool's row, so that `forgetOwedKinds` counts this
 * ticket.
 */
export async function markOwed(db: Db, poolId: number, kinds: readonly FileKind[]): Promise<void> {
  const bits = kinds.reduce((sum, kind) => sum | kindBit(kind), 0);
  if (bits === 0) return;
  await db
    .updateTable('pool')
    .set({ owed_kinds: sql<number>`owed_kinds | cast(${bits} as integer)` })
    .where('id', '=', poolId)
    .execute();
}

/** Removes the kinds that no open ticket is owed any more; answers how many. Needs an exclusive transaction. */
export async function forgetOwedKinds(db: Db, poolId: number): Promise<number> {
  const query = db.selectFrom('pool').select('owed_kinds').where('id', '=', poolId);
  const { owed_kinds: bits } = await query.forUpdate().executeTakeFirstOrThrow();
  if (bits === 0) return 0;
  const owed = await readSums(db, { poolId, names: kindsIn(bits).map(owedCounter) });
  const stillOwed = new Set<string>(owed.filter(({ sum }) => sum > 0).map(({ name }) => name));
  const over = kindsIn(bits).filter((kind) => !stillOwed.has(owedCounter(kind)));
  if (over.length === 0) return 0;
  const left = over.reduce((rest, kind) => rest & ~kindBit(kind), bits);
  await db.updateTable('pool').set({ owed_kinds: left }).where('id', '=', poolId).execute();
  return over.length;
}

const owedCounter = (kind: FileKind): CounterName => `owed/${kind}`;

/** How many gifts of each of these kinds are pooled beyond those that are owed; negative after damage or a withdrawal. */
export async function readSpare(
  db: Db,
  poolId: number,
  kinds: readonly FileKind[],
): Promise<ReadonlyMap<FileKind, number>> {
  const names = kinds.flatMap((kind): CounterName[] => [`gifts/${kind}`, owedCounter(kind)]);
  const sums = new Map((await readSums(db, { poolId, names })).map(({ name, sum }) => [name, sum]));
  const of = (name: CounterName) => sums.get(name) ?? 0;
  return new Map(kinds.map((kind) => [kind, of(`gifts/${kind}`) - of(`owed/${kind}`)])); // mutant: owed-kind-taken
}

const readSums = cachedQuery((db, { poolId, names }: { poolId: number; names: readonly CounterName[] }) =>
  db
    .selectFrom('counter')
    .select(['name', (eb) => eb.fn.sum<number>('value').as('sum')])
    .where('pool_id', '=', poolId)
    .where('name', 'in', names)
    .groupBy('name'),
);

/**
 * True if a gift of this kind may go to a receiver to whom it is not owed; `entering` more are about to be pooled. Only valid in
 * an exclusive transaction.
 */
export async function isKindSpare(db: Db, poolId: number, kind: FileKind, entering = 0): Promise<boolean> {
  const { owed_kinds: bits } = await db
    .selectFrom('pool')
    .select('owed_kinds')
    .where('id', '=', poolId)
    .executeTakeFirstOrThrow();
  if ((bits & kindBit(kind)) === 0) return true;
  return ((await readSpare(db, poolId, [kind])).get(kind) ?? 0) + entering > 0;
}

/** The owed kinds that a receiver wants and is not owed itself. */
const contested = (owed: readonly FileKind[], { kinds, owedKind }: KindDemand): readonly FileKind[] =>
  owed.filter((kind) => kind !== owedKind && (kinds === null || kinds.includes(kind)));

/** An allowance, and the stricter isolation that a demand needs before it can be decided. */
interface CountedAllowance {
  readonly allowance: KindAllowance;
  isolationFor(demand: KindDemand): 'free' | 'last-free' | undefined;
}

/**
 * Counts the gifts that are left of owed kinds for these receivers. Concurrent transactions may take some while more are left
 * than all of them can take, and otherwise one at a time, as for free gifts.
 */
export async function countAllowance(tx: Tx, pool: PoolRow, demands: readonly KindDemand[]): Promise<CountedAllowance> {
  const owed = kindsIn(pool.owed_kinds);
  const wanted = owed.filter((kind) => demands.some((demand) => contested(owed, demand).includes(kind)));
  if (wanted.length === 0) return { allowance: new Map(owed.map((kind) => [kind, 0])), isolationFor: () => undefined };
  if (!tx.canTakeFree) {
    const isolationFor = (demand: KindDemand) => (contested(owed, demand).length > 0 ? 'free' : undefined);
    return { allowance: new Map(owed.map((kind) => [kind, 0])), isolationFor };
  }
  const spare = await readSpare(tx.db, pool.id, wanted);
  const margin = tx.canTakeLastFree ? 0 : await tx.maxInFlight();
  const scarce = new Set(wanted.filter((kind) => (spare.get(kind) ?? 0) > 0 && (spare.get(kind) ?? 0) <= margin));
  return {
    allowance: new Map(owed.map((kind) => [kind, Math.max(0, (spare.get(kind) ?? 0) - margin)])),
    isolationFor: (demand) => (contested(owed, demand).some((kind) => scarce.has(kind)) ? 'last-free' : undefined),
  };
}

/** The kinds that a receiver can get under an allowance; null for any. */
export function allowedKinds(demand: KindDemand, allowance: KindAllowance, all: readonly FileKind[]) {
  if (allowance.size === 0) return demand.kinds;
  const isAllowed = (kind: FileKind) => kind === demand.owedKind || (allowance.get(kind) ?? 1) > 0;
  return (demand.kinds ?? all).filter(isAllowed);
}

/** Takes a gift for a receiver from an allowance, unless its kind is owed to that receiver. */
export function takeFromAllowance(
  allowance: Map<FileKind, number>,
  kind: FileKind,
  { owedKind }: Pick<KindDemand, 'owedKind'>,
): void {
  const left = allowance.get(kind);
  if (left !== undefined && kind !== owedKind) allowance.set(kind, left - 1);
}
