/**
 * Budgets decide which tier a gift enters: `main` within all of them and with new bytes, else `overflow`, which uses none.
 * `docs/internals/matching.md` has the reasons.
 */
import type { Insertable } from 'kysely';
import { cachedQuery } from '../engine/query-cache.ts';
import type { DailyBudget } from '../limit-types.ts';
import type { Db, Tables } from '../schema/tables.ts';
import type { NewGift } from '../types.ts';

/** The facts of a gift that decide its tier. */
type Budgeted = Pick<NewGift, 'origin' | 'sha256'>;

/** How much of each budget is used, and which bytes are known. */
interface Usage {
  readonly used: ReadonlyMap<string, number>;
  readonly known: ReadonlySet<string>;
}

/** The gifts that enter the main tier, the copies of known ones, and the use of the budgets afterwards. */
export interface Admission<G> {
  readonly main: ReadonlySet<G>;
  readonly copies: ReadonlySet<G>;
  readonly used: ReadonlyMap<string, number>;
}

const budgetsOf = (gifts: readonly Budgeted[]): readonly DailyBudget[] =>
  gifts.flatMap(({ origin }) => origin?.budgets ?? []);

/** Admits gifts to the main tier in their order. Those without an origin have no budget, and are no copies. */
function admit<G extends Budgeted>(gifts: readonly G[], usage: Usage): Admission<G> {
  const used = new Map(usage.used);
  const known = new Set(usage.known);
  const main = new Set<G>();
  const copies = new Set<G>();
  for (const gift of gifts) {
    const budgets = gift.origin?.budgets ?? [];
    if (gift.origin && known.has(gift.sha256)) copies.add(gift);
    known.add(gift.sha256);
    const fits = budgets.every(({ name, limit }) => (used.get(name) ?? 0) < limit);
    if (copies.has(gift) || !fits) continue; // mutant: copy-in-main-tier
    main.add(gift);
    for (const { name } of budgets) used.set(name, (used.get(name) ?? 0) + 1);
  }
  return { main, copies, used };
}

const hasOrigin = ({ origin }: Budgeted): boolean => origin !== undefined;

/**
 * Plans which gifts enter the main tier, and writes and locks nothing; `known` are the bytes that came before. Only `isExact` reads
 * the use of the budgets; otherwise `useBudgets` finds what is over them, at the cost of a write.
 */
export async function planAdmission<G extends Budgeted>(
  db: Db,
  gifts: readonly G[],
  known: ReadonlySet<string>,
  isExact: boolean,
): Promise<Admission<G>> {
  const limited = gifts.filter(hasOrigin);
  if (limited.length === 0) return admit(gifts, { used: new Map(), known: new Set() });
  return admit(gifts, { used: isExact ? await readUses(db, budgetsOf(limited)) : new Map(), known });
}

async function readUses(db: Db, budgets: readonly DailyBudget[]): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(budgets.map(({ name }) => name))];
  if (names.length === 0) return new Map();
  return new Map((await usedBudgets(db, { names })).map(({ budget, gifts }) => [budget, gifts]));
}

const usedBudgets = cachedQuery((db, { names }: { names: readonly string[] }) =>
  db.selectFrom('daily_use').select(['budget', 'gifts']).where('budget', 'in', names),
);

/**
 * Uses the budgets of planned gifts. Their rows are locked then, so the plan is made again with what was used before, and the rest
 * is given back.
 */
export async function useBudgets<G extends Budgeted>(
  db: Db,
  gifts: readonly G[],
  plan: Admission<G>,
): Promise<Admission<G>> {
  const limited = gifts.filter(hasOrigin);
  if (limited.length === 0) return plan;
  const planned = gifts.filter((gift) => plan.main.has(gift));
  const wanted = countBudgets(planned);
  const after = await addUses(db, wanted);
  const before = new Map([...after].map(([name, count]) => [name, count - (wanted.get(name) ?? 0)]));
  const { main, used } = admit(planned, { used: before, known: new Set() });
  const unused = countBudgets(planned.filter((gift) => !main.has(gift)));
  await addUses(db, new Map([...unused].map(([name, count]) => [name, -count])));
  const unread = budgetsOf(limited).filter(({ name }) => !used.has(name));
  return { main, copies: plan.copies, used: new Map([...(await readUses(db, unread)), ...used]) };
}

function countBudgets(gifts: readonly Budgeted[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of budgetsOf(gifts)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Adds to budgets, in one order so that two transactions never deadlock; answers how much of each is used then. */
async function addUses(db: Db, uses: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
  const rows = [...uses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([budget, gifts]) => ({ budget, gifts }));
  if (rows.length === 0) return new Map();
  return new Map((await addUp(db, { rows })).map(({ budget, gifts }) => [budget, gifts]));
}

const addUp = cachedQuery((db, { rows }: { rows: readonly Insertable<Tables['daily_use']>[] }) =>
  db
    .insertInto('daily_use')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('budget').doUpdateSet((eb) => ({ gifts: eb('daily_use.gifts', '+', eb.ref('excluded.gifts')) })),
    )
    .returning(['budget', 'gifts']),
);

/** How many more gifts the budgets of a gift let into the main tier. */
export const budgetLeft = ({ origin }: Budgeted, { used }: Pick<Admission<never>, 'used'>): number | undefined =>
  origin && Math.min(...origin.budgets.map(({ name, limit }) => Math.max(0, limit - (used.get(name) ?? 0))));

const day = 86_400_000;

/** Deletes the use of past days, and the addresses of gifts from then; answers how many rows. */
export async function purgeBudgets(db: Db, now: number, limit: number): Promise<number> {
  const firstKept = `${Math.max(0, Math.floor(now / day) - 1)} `;
  const uses = await db.deleteFrom('daily_use').where('budget', '<', firstKept).executeTakeFirst();
  return Number(uses.numDeletedRows) + (await forgetAddresses(db, firstKept, limit));
}

async function forgetAddresses(db: Db, firstKept: string, limit: number): Promise<number> {
  const old = await db.selectFrom('gift').select('id').where('address', '<', firstKept).limit(limit).execute();
  if (old.length === 0) return 0;
  // Tickets before gifts, each in the order of their ids, as every verb locks them.
  const giftIds = old.map(({ id }) => id);
  const tickets = db.selectFrom('ticket').select('id').where('gift_id', 'in', giftIds).orderBy('id');
  const ticketIds = (await tickets.forUpdate().execute()).map(({ id }) => id);
  await db.updateTable('ticket').set({ address: null }).where('id', 'in', ticketIds).execute();
  const gifts = db.selectFrom('gift').select('id').where('id', 'in', giftIds).orderBy('id');
  const ids = (await gifts.forUpdate().execute()).map(({ id }) => id);
  await db.updateTable('gift').set({ address: null }).where('id', 'in', ids).execute();
  return ids.length;
}
