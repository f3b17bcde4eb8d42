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
  readonly seen: ReadonlySet<string>;
}

/** The gifts that enter the main tier, and the use of all their budgets afterwards. */
export interface Admission<G> {
  readonly main: ReadonlySet<G>;
  readonly used: ReadonlyMap<string, number>;
}

const budgetsOf = (gifts: readonly Budgeted[]): readonly DailyBudget[] =>
  gifts.flatMap(({ origin }) => origin?.budgets ?? []);

/** Admits gifts to the main tier in their order. Those without an origin have no budget. */
function admit<G extends Budgeted>(gifts: readonly G[], usage: Usage): Admission<G> {
  const used = new Map(usage.used);
  const seen = new Set(usage.seen);
  const main = new Set<G>();
  for (const gift of gifts) {
    const budgets = gift.origin?.budgets ?? [];
    const isCopy = gift.origin !== undefined && seen.has(gift.sha256);
    const fits = budgets.every(({ name, limit }) => (used.get(name) ?? 0) < limit);
    seen.add(gift.sha256);
    if (isCopy || !fits) continue;
    main.add(gift);
    for (const { name } of budgets) used.set(name, (used.get(name) ?? 0) + 1);
  }
  return { main, used };
}

/** Reads which gifts would enter the main tier now. Writes and locks nothing. */
export async function planAdmission<G extends Budgeted>(db: Db, gifts: readonly G[]): Promise<Admission<G>> {
  const limited = gifts.filter(({ origin }) => origin !== undefined);
  if (limited.length === 0) return { main: new Set(gifts), used: new Map() };
  const names = [...new Set(budgetsOf(limited).map(({ name }) => name))];
  const used = await usedBudgets(db, { names });
  const seen = await knownFiles(db, { hashes: limited.map(({ sha256 }) => sha256) });
  return admit(gifts, {
    used: new Map(used.map(({ budget, gifts: count }) => [budget, count])),
    seen: new Set(seen.map(({ sha256 }) => sha256)),
  });
}

const usedBudgets = cachedQuery((db, { names }: { names: readonly string[] }) =>
  db.selectFrom('daily_use').select(['budget', 'gifts']).where('budget', 'in', names),
);

const knownFiles = cachedQuery((db, { hashes }: { hashes: readonly string[] }) =>
  db.selectFrom('seen_file').select('sha256').where('sha256', 'in', hashes),
);

/**
 * Uses the budgets of planned gifts and records the bytes of all. Concurrent transactions may have used a budget since the plan:
 * its row is locked now, so the plan is made again.
 */
export async function useBudgets<G extends Budgeted>(
  db: Db,
  gifts: readonly G[],
  plan: Admission<G>,
  now: number,
): Promise<Admission<G>> {
  const limited = gifts.filter(({ origin }) => origin !== undefined);
  if (limited.length === 0) return plan;
  const fresh = await recordFiles(db, limited, now);
  const wanted = countBudgets(limited.filter((gift) => plan.main.has(gift)));
  const after = await addUses(db, wanted);
  const before = new Map([...after].map(([name, count]) => [name, count - (wanted.get(name) ?? 0)]));
  const planned = gifts.filter((gift) => plan.main.has(gift));
  const copied = planned.filter(({ origin, sha256 }) => origin !== undefined && !fresh.has(sha256));
  const admitted = admit(planned, { used: before, seen: new Set(copied.map(({ sha256 }) => sha256)) });
  const unused = countBudgets(planned.filter((gift) => !admitted.main.has(gift)));
  await addUses(db, new Map([...unused].map(([name, count]) => [name, -count])));
  return { main: admitted.main, used: new Map([...plan.used, ...admitted.used]) };
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

/** Records bytes; answers those that are new here. */
async function recordFiles(db: Db, gifts: readonly Budgeted[], now: number): Promise<ReadonlySet<string>> {
  const hashes = [...new Set(gifts.map(({ sha256 }) => sha256))].sort();
  const rows = hashes.map((sha256) => ({ sha256, seen_at: now }));
  return new Set((await insertFiles(db, { rows })).map(({ sha256 }) => sha256));
}

const insertFiles = cachedQuery((db, { rows }: { rows: readonly Insertable<Tables['seen_file']>[] }) =>
  db
    .insertInto('seen_file')
    .values(rows)
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .returning('sha256'),
);

/** How many more gifts the budgets of a gift let into the main tier. */
export const budgetLeft = ({ origin }: Budgeted, { used }: Pick<Admission<never>, 'used'>): number | undefined =>
  origin && Math.min(...origin.budgets.map(({ name, limit }) => Math.max(0, limit - (used.get(name) ?? 0))));

const day = 86_400_000;
/** How long the bytes of a gift are known, in milliseconds. */
const knownFor = 30 * day;

/** Deletes the use of past days, the addresses of gifts from then, and bytes that count as new again; answers how many rows. */
export async function purgeBudgets(db: Db, now: number, limit: number): Promise<number> {
  const firstKept = `${Math.max(0, Math.floor(now / day) - 1)} `;
  const uses = await db.deleteFrom('daily_use').where('budget', '<', firstKept).executeTakeFirst();
  const old = await db
    .selectFrom('seen_file')
    .select('sha256')
    .where('seen_at', '<', now - knownFor)
    .orderBy('seen_at')
    .limit(limit)
    .execute();
  const hashes = old.map(({ sha256 }) => sha256);
  if (hashes.length > 0) await db.deleteFrom('seen_file').where('sha256', 'in', hashes).execute();
  return Number(uses.numDeletedRows) + hashes.length + (await forgetAddresses(db, firstKept, limit));
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
